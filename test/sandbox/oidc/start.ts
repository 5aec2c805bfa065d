import { randomBytes } from "node:crypto";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import type { Provider } from "oidc-provider";
import { type NodeEnv, serveApp } from "../serve.ts";
import { chooserPage } from "./chooser.ts";
import { createMemoryStore } from "./memory-store.ts";
import {
  createProvider,
  type Lifetimes,
  newSigningKey,
  type OidcClient,
  onTokenResponse,
  type SigningKey,
} from "./provider.ts";
import { STAFF } from "./staff.ts";
import { type ChangeClaims, createTamper } from "./tamper.ts";

const HOUR_SECONDS = 3600;

export type Oidc = {
  /** The issuer; discovery is at `/.well-known/openid-configuration`. */
  issuer: string;
  /** From now on tokens are signed by a new key; without `keepOld` the old one leaves the published set at once. */
  rotateKeys(options?: { keepOld: boolean }): Promise<void>;
  setLifetimes(changes: Partial<Lifetimes>): void;
  /** Every refresh token handed out so far is refused. */
  revokeRefreshTokens(): void;
  /** Everyone is signed out at the provider. */
  endSessions(): void;
  /** Answers `path` ("/token", "/jwks", …) with `httpStatus` until called with null. */
  fail(path: string, httpStatus: number | null): void;
  /** Changes the claims of each id token before it is handed out, signed by the published or by an unknown key. */
  tamper(change: ChangeClaims | null, options?: { unknownKey: boolean }): void;
  close(): Promise<void>;
};

/**
 * Starts a real OpenID provider (code flow, PKCE) with the demo staff. The id token carries `amr` and `acr`:
 * `["pwd","otp","mfa"]` and `mfa` with a second factor, `["pwd"]` and `pwd` without.
 */
export async function startOidc(options: { clients: OidcClient[]; port?: number }): Promise<Oidc> {
  const store = createMemoryStore();
  const lifetimes = {
    idTokenSeconds: HOUR_SECONDS,
    accessTokenSeconds: HOUR_SECONDS,
    refreshTokenSeconds: 14 * HOUR_SECONDS,
  };
  const cookieKey = randomBytes(32).toString("hex");
  const failures = new Map<string, number>();
  let keys = [await newSigningKey("key-1")];
  const tamper = createTamper(() => keys[0] as SigningKey);
  const build = async (issuer: string): Promise<Provider> => {
    const fresh = createProvider({ issuer, clients: options.clients, keys, lifetimes, cookieKey, store });
    onTokenResponse(fresh, tamper.apply);
    // The provider looks at its clients only when they come; a wrong one shall fail the start.
    for (const { clientId } of options.clients) await fresh.Client.find(clientId);
    return fresh;
  };

  let provider: Provider | undefined;
  const app = routes(() => provider, failures);
  const served = await serveApp(app, options);
  const issuer = served.url.replace("127.0.0.1", "localhost");
  provider = await build(issuer).catch(async (error) => {
    await served.close();
    throw error;
  });
  return {
    issuer,
    async rotateKeys({ keepOld } = { keepOld: true }) {
      keys = [await newSigningKey(`key-${randomBytes(4).toString("hex")}`), ...(keepOld ? keys : [])];
      provider = await build(issuer);
    },
    setLifetimes: (changes) => void Object.assign(lifetimes, changes),
    revokeRefreshTokens: () => store.forget("RefreshToken"),
    endSessions: () => store.forget("Session"),
    fail: (path, httpStatus) => void (httpStatus ? failures.set(path, httpStatus) : failures.delete(path)),
    tamper: tamper.set,
    close: served.close,
  };
}

function routes(current: () => Provider | undefined, failures: Map<string, number>): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>();
  const provider = () => {
    const ready = current();
    if (!ready) throw new Error("the provider is still starting");
    return ready;
  };
  app.use(async (c, next) => {
    const httpStatus = failures.get(c.req.path);
    return httpStatus ? new Response("out of order", { status: httpStatus }) : next();
  });
  app.get("/choose/:uid", async (c) => {
    const { uid, params } = await provider().interactionDetails(c.env.incoming, c.env.outgoing);
    return c.html(chooserPage(uid, String(params.client_id)));
  });
  app.post("/choose/:uid", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const staff = STAFF.find(({ id }) => id === form.get("staff"));
    if (!staff) return c.text("Pick someone from the list.", 400);
    const strong = form.has("secondFactor");
    await provider().interactionFinished(c.env.incoming, c.env.outgoing, {
      login: { accountId: staff.id, acr: strong ? "mfa" : "pwd", amr: strong ? ["pwd", "otp", "mfa"] : ["pwd"] },
    });
    return RESPONSE_ALREADY_SENT;
  });
  app.all("*", async (c) => {
    await provider().callback()(c.env.incoming, c.env.outgoing);
    return RESPONSE_ALREADY_SENT;
  });
  return app;
}
