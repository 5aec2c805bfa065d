import { createHmac } from "node:crypto";
import { Hono } from "hono";
import { CompactSign, exportJWK, exportSPKI, type GenerateKeyPairResult, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Desk, startDesk } from "../harness.ts";
import { type NodeEnv, type Served, serveApp } from "../sandbox/serve.ts";
import { visitor } from "./sign-in.ts";

/** An identity provider that hands out whatever token it is told to, and counts how often its keys are asked for. */
let provider: Served;
let desk: Desk;
let key: GenerateKeyPairResult;
let token = "";
let keyReads = 0;

beforeAll(async () => {
  key = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(key.publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  const app = new Hono<NodeEnv>()
    .get("/.well-known/openid-configuration", (c) =>
      c.json({
        issuer: provider.url,
        authorization_endpoint: `${provider.url}/authorize`,
        token_endpoint: `${provider.url}/token`,
        jwks_uri: `${provider.url}/jwks`,
        id_token_signing_alg_values_supported: ["RS256", "HS256", "none"],
      }),
    )
    .get("/jwks", (c) => {
      keyReads += 1;
      return c.json({ keys: [jwk] });
    })
    .post("/token", (c) => c.json({ id_token: token, access_token: "x", token_type: "Bearer" }));
  provider = await serveApp(app);
  desk = await startDesk({ OIDC_ISSUER: provider.url });
  await desk.addTenant();
});
beforeEach(() => {
  token = "";
});
afterAll(async () => {
  await desk?.close();
  await provider?.close();
});

const seconds = () => Math.floor(Date.now() / 1000);

/** Claims of a good token; a test spoils them. */
function claims(nonce: string): Record<string, unknown> {
  return {
    ...{
      iss: provider.url,
      aud: "hearback",
      sub: "ada",
      nonce,
      email: "admin@commonground.example",
      name: "Ada Quill",
    },
    ...{ amr: ["pwd", "mfa"], iat: seconds(), exp: seconds() + 300 },
  };
}

const sign = (body: Record<string, unknown>, header: Record<string, unknown> = {}) =>
  new SignJWT(body).setProtectedHeader({ alg: "RS256", kid: "k1", ...header } as { alg: string }).sign(key.privateKey);

/** Signs in with the token that `make` builds, and returns the status of our own return address. */
async function signInWith(make: (nonce: string) => Promise<string> | string): Promise<number> {
  const someone = visitor(desk);
  const query = new URL((await someone.get("/sign-in")).headers.get("location") ?? "").searchParams;
  token = await make(query.get("nonce") ?? "");
  const back = new URLSearchParams({ state: query.get("state") ?? "", code: "any" });
  return (await someone.get(`/sign-in/done?${back}`)).status;
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

test("a good token opens the console: the forged ones below differ from it in one thing only", async () => {
  expect(await signInWith((nonce) => sign(claims(nonce)))).toBe(303);
});

test("a forged, foreign, stale or unsigned token opens nothing, whatever it says of its own algorithm [BAD-79]", async () => {
  const publicKey = await exportSPKI(key.publicKey);
  const stranger = await generateKeyPair("RS256");
  const forged: Record<string, (nonce: string) => Promise<string> | string> = {
    "alg none": (nonce) => `${encoded({ alg: "none" })}.${encoded(claims(nonce))}.`,
    "HS256 with the public key": (nonce) => {
      const body = `${encoded({ alg: "HS256", kid: "k1" })}.${encoded(claims(nonce))}`;
      return `${body}.${createHmac("sha256", publicKey).update(body).digest("base64url")}`;
    },
    "another key under our key's name": (nonce) =>
      new SignJWT(claims(nonce)).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(stranger.privateKey),
    "no kid and another key": (nonce) =>
      new SignJWT(claims(nonce)).setProtectedHeader({ alg: "RS256" }).sign(stranger.privateKey),
    "unknown kid": (nonce) => sign(claims(nonce), { kid: "nobody" }),
    "another audience": (nonce) => sign({ ...claims(nonce), aud: "someone-else" }),
    "several audiences without azp": (nonce) => sign({ ...claims(nonce), aud: ["hearback", "someone-else"] }),
    "made for another client": (nonce) => sign({ ...claims(nonce), azp: "someone-else" }),
    "another issuer": (nonce) => sign({ ...claims(nonce), iss: "https://evil.example" }),
    "exp as text": (nonce) => sign({ ...claims(nonce), exp: String(seconds() + 300) }),
    "no exp": (nonce) => sign({ ...claims(nonce), exp: undefined }),
    "expired beyond the skew": (nonce) => sign({ ...claims(nonce), exp: seconds() - 35 }),
    "another sign-in's nonce": () => sign(claims("another")),
    "a critical header we do not know": async (nonce) => {
      const bytes = new TextEncoder().encode(JSON.stringify(claims(nonce)));
      const header = { alg: "RS256", kid: "k1", crit: ["http://example.org/odd"], "http://example.org/odd": true };
      const options = { crit: { "http://example.org/odd": true } };
      return new CompactSign(bytes).setProtectedHeader(header).sign(key.privateKey, options);
    },
    "no token at all": () => "",
  };
  const answers: Record<string, number> = {};
  for (const [name, make] of Object.entries(forged)) answers[name] = await signInWith(make);
  expect(answers).toEqual(Object.fromEntries(Object.keys(forged).map((name) => [name, 401])));
  expect(await signInWith((nonce) => sign({ ...claims(nonce), exp: seconds() - 20 }))).toBe(303);
  expect(await signInWith((nonce) => sign({ ...claims(nonce), email_verified: false }))).toBe(403);
});

test("two hundred tokens that name unknown keys make the key set be read once a minute at most [BAD-79]", async () => {
  const before = keyReads;
  expect(before).toBe(1);
  for (let round = 0; round < 20; round += 1) {
    const answers = Array.from({ length: 10 }, (_, one) =>
      signInWith((nonce) => sign(claims(nonce), { kid: `unknown-${round}-${one}` })),
    );
    expect(new Set(await Promise.all(answers))).toEqual(new Set([401]));
  }
  expect(keyReads).toBe(before);
});

test("a token in a header is no session, whatever the scheme [BAD-79]", async () => {
  const good = await sign(claims("any"));
  for (const authorization of [`Bearer ${good}`, `Basic ${good}`, `Basic ${btoa("admin:admin")}`, good]) {
    expect((await visitor(desk).get("/session", { authorization })).status).toBe(401);
  }
});
