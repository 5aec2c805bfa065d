import { Buffer } from "node:buffer";
import { and, eq, gt, lte } from "drizzle-orm";
import * as z from "zod";
import type { Db } from "../../../db/connect.ts";
import { signIns } from "../../../db/schema/directory.ts";
import { randomToken, sha256 } from "../../crypto.ts";
import type { Env } from "../../env.ts";
import { HearbackError } from "../../errors.ts";
import { type Identity, readIdToken } from "./id-token.ts";
import { type Provider, readProvider } from "./provider.ts";

/** How long somebody may take at the identity provider. */
export const SIGN_IN_SECONDS = 600;
const TOKEN_DEADLINE_MS = 10_000;
export const RETURN_PATH = "/sign-in/done";

type Desk = { env: Env; directory: Db; now: number };

/**
 * Begins a sign-in: the identity provider's address to go to, and the state that ties the answer to this browser.
 * Authorization code with PKCE (RFC 7636) and a nonce, each of 256 random bits; kept for ten minutes. `asksWho` makes
 * the provider ask even somebody whom it knows: the next person at a shared desk is not the last one.
 */
export async function beginSignIn(
  desk: Desk,
  returnTo: string,
  asksWho: boolean,
): Promise<{ url: string; state: string }> {
  const provider = await readProvider(desk.env.OIDC_ISSUER);
  const [state, nonce, verifier] = [randomToken(32), randomToken(32), randomToken(32)];
  await desk.directory.batch([
    desk.directory.delete(signIns).where(lte(signIns.expiresAt, desk.now)),
    desk.directory.insert(signIns).values({
      stateHash: await sha256(state),
      nonce,
      verifier,
      returnTo,
      expiresAt: desk.now + SIGN_IN_SECONDS * 1000,
    }),
  ]);
  const url = new URL(provider.authorizationEndpoint);
  for (const [name, value] of Object.entries({
    response_type: "code",
    client_id: desk.env.OIDC_CLIENT_ID,
    redirect_uri: `${desk.env.PUBLIC_URL}${RETURN_PATH}`,
    scope: "openid email profile",
    state,
    nonce,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: "S256",
    ...(asksWho && { prompt: "login" }),
  })) {
    url.searchParams.set(name, value);
  }
  return { url: url.href, state };
}

/**
 * Ends a sign-in that this browser began: trades the code for an id token and reads it. Each state works once. Throws
 * UNAUTHENTICATED when the state is unknown, used or too old, or the provider refuses the code.
 */
export async function finishSignIn(
  desk: Desk,
  { state, code }: { state: string; code: string },
): Promise<{ identity: Identity; returnTo: string }> {
  const [begun] = await desk.directory
    .delete(signIns)
    .where(and(eq(signIns.stateHash, await sha256(state)), gt(signIns.expiresAt, desk.now)))
    .returning();
  if (!begun) throw new HearbackError("UNAUTHENTICATED", "This sign-in is too old or was used. Please start again.");
  const provider = await readProvider(desk.env.OIDC_ISSUER);
  const token = await tradeCode(desk.env, provider, code, begun.verifier);
  const identity = await readIdToken(provider, token, {
    clientId: desk.env.OIDC_CLIENT_ID,
    nonce: begun.nonce,
    mfaValues: desk.env.OIDC_MFA_VALUES,
    now: desk.now,
  });
  return { identity, returnTo: begun.returnTo };
}

const TokenAnswer = z.object({ id_token: z.string() });

async function tradeCode(env: Env, provider: Provider, code: string, verifier: string): Promise<string> {
  // Form-encoded before base64, by RFC 6749 section 2.3.1: a secret may hold any character.
  const pair = [env.OIDC_CLIENT_ID, env.OIDC_CLIENT_SECRET].map(encodeURIComponent).join(":");
  const answer = await fetch(provider.tokenEndpoint, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}`, accept: "application/json" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code,
      redirect_uri: `${env.PUBLIC_URL}${RETURN_PATH}`,
      code_verifier: verifier,
    }),
    signal: AbortSignal.timeout(TOKEN_DEADLINE_MS),
    redirect: "manual",
  }).catch((cause) => {
    throw new HearbackError("UNAVAILABLE", "The sign-in service does not answer. Try again shortly.", { cause });
  });
  if (answer.status >= 500) throw new HearbackError("UNAVAILABLE", "The sign-in service does not answer.");
  const read = TokenAnswer.safeParse(answer.ok ? await answer.json().catch(() => null) : null);
  if (!read.success) throw new HearbackError("UNAUTHENTICATED", "This sign-in was refused. Please start again.");
  return read.data.id_token;
}

async function challengeOf(verifier: string): Promise<string> {
  return Buffer.from(await sha256(verifier), "hex").toString("base64url");
}
