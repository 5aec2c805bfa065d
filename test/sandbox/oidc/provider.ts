import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWK } from "jose";
import { type KoaContext, Provider } from "oidc-provider";
import type { MemoryStore } from "./memory-store.ts";
import { STAFF } from "./staff.ts";

export type OidcClient = {
  clientId: string;
  /** Without it the client is public and proves itself by PKCE alone. */
  clientSecret?: string;
  redirectUris: string[];
  postLogoutRedirectUris?: string[];
};

export type Lifetimes = { idTokenSeconds: number; accessTokenSeconds: number; refreshTokenSeconds: number };

export type SigningKey = { kid: string; privateKey: GenerateKeyPairResult["privateKey"]; jwk: JWK };

export type ProviderSettings = {
  issuer: string;
  clients: OidcClient[];
  /** The first one signs, all are published. */
  keys: SigningKey[];
  lifetimes: Lifetimes;
  cookieKey: string;
  store: MemoryStore;
};

const SCOPES = "openid email profile offline_access";

/** A fresh RS256 key, as identity providers use by default. */
export async function newSigningKey(kid: string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(privateKey)), kid, use: "sig", alg: "RS256" } };
}

/** The real provider: code flow, PKCE demanded, staff as accounts, consent taken as given. */
export function createProvider(settings: ProviderSettings): Provider {
  const { lifetimes } = settings;
  return new Provider(settings.issuer, {
    adapter: settings.store.adapterFor,
    clients: settings.clients.map(clientMetadata),
    jwks: { keys: settings.keys.map(({ jwk }) => jwk) },
    cookies: { keys: [settings.cookieKey] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx: unknown, interaction: { uid: string }) => `/choose/${interaction.uid}` },
    claims: {
      openid: ["sub", "acr", "amr", "auth_time"],
      email: ["email", "email_verified"],
      profile: ["name", "groups"],
    },
    // Microsoft, Google and Keycloak put name and e-mail into the id token, not only into userinfo.
    conformIdTokenClaims: false,
    acrValues: ["mfa", "pwd"],
    findAccount: (_ctx: unknown, id: string) => account(id),
    loadExistingGrant: grantAll,
    renderError: showError,
    issueRefreshToken: async (_ctx: unknown, client: { grantTypeAllowed(type: string): boolean }) =>
      client.grantTypeAllowed("refresh_token"),
    ttl: {
      IdToken: () => lifetimes.idTokenSeconds,
      AccessToken: () => lifetimes.accessTokenSeconds,
      RefreshToken: () => lifetimes.refreshTokenSeconds,
      AuthorizationCode: 60,
      Interaction: 3600,
      Session: 86_400,
      Grant: 86_400,
    },
  });
}

/** Lets `change` replace each id token on its way out. */
export function onTokenResponse(provider: Provider, change: (token: string) => Promise<string>): void {
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path !== "/token" || !isTokenResponse(ctx.body)) return;
    ctx.body = { ...ctx.body, id_token: await change(ctx.body.id_token) };
  });
}

function isTokenResponse(body: unknown): body is { id_token: string } {
  return typeof body === "object" && body !== null && "id_token" in body;
}

function clientMetadata(client: OidcClient) {
  return {
    client_id: client.clientId,
    ...(client.clientSecret ? { client_secret: client.clientSecret } : {}),
    token_endpoint_auth_method: client.clientSecret ? "client_secret_basic" : "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris ?? [],
  };
}

function account(id: string) {
  const staff = STAFF.find((member) => member.id === id);
  if (!staff) return undefined;
  const { name, email, role } = staff;
  return { accountId: id, claims: () => ({ sub: id, name, email, email_verified: true, groups: [role] }) };
}

async function showError(ctx: KoaContext, problem: { error: string; error_description?: string }) {
  ctx.type = "text/plain";
  ctx.body = `${problem.error}: ${problem.error_description ?? "no more is known"}`;
}

async function grantAll(ctx: KoaContext) {
  const { provider, client, session } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES);
  grant.addOIDCClaims(["acr", "amr", "auth_time"]);
  await grant.save();
  return grant;
}
