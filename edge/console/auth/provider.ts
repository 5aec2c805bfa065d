import { createRemoteJWKSet, type JWTVerifyGetKey } from "jose";
import * as z from "zod";
import { HearbackError } from "../../errors.ts";

/** What the clinic's identity provider says of itself, with its keys. */
export type Provider = {
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  algorithms: string[];
  keys: JWTVerifyGetKey;
};

/** Public-key signatures only: with a shared-secret algorithm on the list, a published key could sign. */
const ALGORITHMS = ["RS256", "ES256", "EdDSA"];
const READ_AGAIN_MS = 10 * 60_000;
/** However many tokens name a key that nobody knows, the key set is asked for this seldom (BAD-79). */
const KEYS_FLOOR_MS = 60_000;
const DEADLINE_MS = 5_000;

const Discovery = z.object({
  issuer: z.url(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
  id_token_signing_alg_values_supported: z.array(z.string()).default(["RS256"]),
});

const known = new Map<string, { provider: Provider; readAt: number }>();
const keySets = new Map<string, JWTVerifyGetKey>();

/**
 * The provider behind the configured issuer, by OpenID Connect Discovery 1.0; remembered for ten minutes per isolate.
 * Throws UNAVAILABLE when it does not answer, or answers for another issuer or over plain http.
 */
export async function readProvider(issuer: string): Promise<Provider> {
  const remembered = known.get(issuer);
  if (remembered && Date.now() - remembered.readAt < READ_AGAIN_MS) return remembered.provider;
  const provider = await discover(issuer);
  known.set(issuer, { provider, readAt: Date.now() });
  return provider;
}

async function discover(issuer: string): Promise<Provider> {
  const found = await fetchDiscovery(issuer);
  const endpoints = [found.authorization_endpoint, found.token_endpoint, found.jwks_uri];
  if (found.issuer.replace(/\/$/, "") !== issuer || ![found.issuer, ...endpoints].every(isPrivate)) throw unavailable();
  return {
    issuer: found.issuer,
    authorizationEndpoint: found.authorization_endpoint,
    tokenEndpoint: found.token_endpoint,
    algorithms: ALGORITHMS.filter((name) => found.id_token_signing_alg_values_supported.includes(name)),
    keys: keySetOf(found.jwks_uri),
  };
}

async function fetchDiscovery(issuer: string): Promise<z.infer<typeof Discovery>> {
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const answer = await fetch(`${issuer}/.well-known/openid-configuration`, { signal, redirect: "manual" });
    return Discovery.parse(await answer.json());
  } catch (cause) {
    throw unavailable(cause);
  }
}

/** One set per address for the isolate's life, so that reading discovery anew does not reset the floor. */
function keySetOf(uri: string): JWTVerifyGetKey {
  const keys =
    keySets.get(uri) ??
    createRemoteJWKSet(new URL(uri), { cooldownDuration: KEYS_FLOOR_MS, timeoutDuration: DEADLINE_MS });
  keySets.set(uri, keys);
  return keys;
}

/** https, or a machine that is this one. */
function isPrivate(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" || hostname === "localhost" || hostname === "127.0.0.1";
}

function unavailable(cause?: unknown): HearbackError {
  return new HearbackError("UNAVAILABLE", "The sign-in service does not answer. Try again shortly.", { cause });
}
