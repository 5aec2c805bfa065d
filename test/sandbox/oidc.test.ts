import { createHash, randomBytes } from "node:crypto";
import { AxeBuilder } from "@axe-core/playwright";
import { Hono } from "hono";
import { createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../../scraper/browser.ts";
import { type Oidc, startOidc } from "./oidc/start.ts";
import { type NodeEnv, type Served, serveApp } from "./serve.ts";

const CLIENT = { clientId: "hearback-console", clientSecret: "invented-client-secret" };

type Tokens = { id_token: string; access_token: string; refresh_token: string };
type Discovery = Record<
  "authorization_endpoint" | "token_endpoint" | "jwks_uri" | "userinfo_endpoint" | "issuer",
  string
>;

let product: Served;
let redirectUri: string;
let oidc: Oidc;
let discovery: Discovery;
beforeAll(async () => {
  product = await serveApp(new Hono<NodeEnv>().get("*", (c) => c.text("back in the product")));
  redirectUri = `${product.url.replace("127.0.0.1", "localhost")}/t/bcb/signed-in`;
  oidc = await startOidc({ clients: [{ ...CLIENT, redirectUris: [redirectUri] }] });
  discovery = await (await fetch(`${oidc.issuer}/.well-known/openid-configuration`)).json();
});
afterEach(() => {
  oidc.tamper(null);
  oidc.setLifetimes({ idTokenSeconds: 3600 });
  for (const path of ["/token", "/jwks"]) oidc.fail(path, null);
});
afterAll(async () => {
  await oidc.close();
  await product.close();
});

/** What a browser would do, cookies included, up to the redirect back to the product. */
async function signIn(staff: string, { secondFactor = true, change = {} as Record<string, string> } = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const jar = new Map<string, string>();
  const visit = async (url: string, init: RequestInit = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { ...init, redirect: "manual", headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    return response;
  };
  const query = new URLSearchParams({
    ...{ client_id: CLIENT.clientId, redirect_uri: redirectUri, response_type: "code", scope: "openid email profile" },
    ...{ state: "state-1", nonce: "nonce-1", code_challenge_method: "S256" },
    ...{ code_challenge: createHash("sha256").update(verifier).digest("base64url"), ...change },
  });
  let response = await visit(`${discovery.authorization_endpoint}?${query}`);
  while (response.status === 303 && !response.headers.get("location")?.startsWith(redirectUri)) {
    const next = new URL(response.headers.get("location") ?? "", oidc.issuer).href;
    const form = new URLSearchParams({ staff, ...(secondFactor ? { secondFactor: "on" } : {}) });
    response = await (next.includes("/choose/") ? visit(next, { method: "POST", body: form }) : visit(next));
  }
  return { status: response.status, back: new URL(response.headers.get("location") ?? oidc.issuer), verifier };
}

function token(form: Record<string, string>) {
  const authorization = `Basic ${btoa(`${CLIENT.clientId}:${CLIENT.clientSecret}`)}`;
  return fetch(discovery.token_endpoint, {
    method: "POST",
    headers: { authorization },
    body: new URLSearchParams(form),
  });
}

async function tokensOf(staff: string, options: { secondFactor?: boolean } = {}): Promise<Tokens> {
  const { back, verifier } = await signIn(staff, options);
  const code = back.searchParams.get("code") ?? "";
  const response = await token({
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Tokens;
}

function verified(idToken: string) {
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri), { [customFetch]: fetch });
  return jwtVerify(idToken, keys, { issuer: discovery.issuer, audience: CLIENT.clientId, algorithms: ["RS256"] });
}

test("a member of staff signs in over http://localhost; the id token names them, their role and the second factor", async () => {
  expect(oidc.issuer).toMatch(/^http:\/\/localhost:\d+$/);
  const tokens = await tokensOf("carl-lindt");
  const { payload } = await verified(tokens.id_token);
  expect(payload).toMatchObject({
    ...{ sub: "carl-lindt", nonce: "nonce-1", email: "lead@commonground.example", email_verified: true },
    ...{ name: "Carl Lindt", groups: ["clinic_lead"], acr: "mfa", amr: ["pwd", "otp", "mfa"] },
  });
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  const userinfo = await fetch(discovery.userinfo_endpoint, { headers });
  expect(await userinfo.json()).toMatchObject({ sub: "carl-lindt", name: "Carl Lindt" });
});

test("without the second factor the id token says so", async () => {
  const { payload } = await verified((await tokensOf("ada-quill", { secondFactor: false })).id_token);
  expect(payload).toMatchObject({ acr: "pwd", amr: ["pwd"] });
});

test("a code without its PKCE verifier, an unknown redirect and a request without PKCE are refused", async () => {
  const { back } = await signIn("ada-quill");
  const code = back.searchParams.get("code") ?? "";
  const stolen = await token({
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
    code_verifier: "x".repeat(43),
  });
  expect([stolen.status, await stolen.json()]).toEqual([400, expect.objectContaining({ error: "invalid_grant" })]);
  expect((await signIn("ada-quill", { change: { redirect_uri: "http://localhost:1/" } })).status).toBe(400);
  const plain = await signIn("ada-quill", { change: { code_challenge: "", code_challenge_method: "" } });
  expect(plain.back.searchParams.get("error")).toBe("invalid_request");
});

test("tokens are refreshed until the provider revokes them", async () => {
  const { refresh_token } = await tokensOf("fay-doyle");
  const refreshed = await token({ grant_type: "refresh_token", refresh_token });
  const next = (await refreshed.json()) as Tokens;
  expect((await verified(next.id_token)).payload.sub).toBe("fay-doyle");
  oidc.revokeRefreshTokens();
  const refused = await token({ grant_type: "refresh_token", refresh_token: next.refresh_token });
  expect([refused.status, await refused.json()]).toEqual([400, expect.objectContaining({ error: "invalid_grant" })]);
});

test("after a key rotation new tokens have a new key id; old ones verify only while the old key is published", async () => {
  const before = (await tokensOf("nina-alba")).id_token;
  await oidc.rotateKeys({ keepOld: true });
  const after = (await tokensOf("nina-alba")).id_token;
  expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
  expect((await verified(before)).payload.sub).toBe("nina-alba");
  expect((await verified(after)).payload.sub).toBe("nina-alba");
  await oidc.rotateKeys({ keepOld: false });
  await expect(verified(after)).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
});

test("an id token can be made wrong on purpose: other audience, short life, unknown key", async () => {
  oidc.tamper((claims) => ({ ...claims, aud: "someone-else" }));
  await expect(verified((await tokensOf("ada-quill")).id_token)).rejects.toMatchObject({ claim: "aud" });
  oidc.tamper((claims) => ({ ...claims, exp: Math.floor(Date.now() / 1000) - 60 }));
  await expect(verified((await tokensOf("ada-quill")).id_token)).rejects.toMatchObject({ code: "ERR_JWT_EXPIRED" });
  oidc.tamper((claims) => claims, { unknownKey: true });
  await expect(verified((await tokensOf("ada-quill")).id_token)).rejects.toMatchObject({
    code: "ERR_JWKS_NO_MATCHING_KEY",
  });
  oidc.tamper(null);
  oidc.setLifetimes({ idTokenSeconds: 7 });
  const { payload } = await verified((await tokensOf("ada-quill")).id_token);
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(7);
});

test("an endpoint can be out of order", async () => {
  oidc.fail("/token", 503);
  expect((await token({ grant_type: "refresh_token", refresh_token: "any" })).status).toBe(503);
});

test("the sign-in page names everyone, has no accessibility fault, and one tap signs in", async () => {
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  const challenge = createHash("sha256").update("v".repeat(43)).digest("base64url");
  const query = new URLSearchParams({
    ...{ client_id: CLIENT.clientId, redirect_uri: redirectUri, response_type: "code", scope: "openid", state: "s" },
    ...{ code_challenge: challenge, code_challenge_method: "S256" },
  });
  await page.goto(`${discovery.authorization_endpoint}?${query}`);
  await page.getByRole("heading", { name: "Who are you today?" }).waitFor();
  expect(await page.getByRole("button").count()).toBe(5);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByRole("button", { name: /Otis Udall/ }).click();
  await page.getByText("back in the product").waitFor();
  expect(new URL(page.url()).searchParams.has("code")).toBe(true);
  await browser.close();
});
