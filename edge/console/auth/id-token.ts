import { type JWTPayload, jwtVerify } from "jose";
import { HearbackError } from "../../errors.ts";
import type { Provider } from "./provider.ts";

/** Who signed in, as the identity provider vouches for it. */
export type Identity = { subject: string; email: string; name: string };

const SKEW_SECONDS = 30;

/**
 * Who the id token is about. Checks signature by a published key and an allowed algorithm, issuer, audience, lifetime
 * with 30 seconds' skew, our nonce, and that a second factor was used (`amr` or `acr` is one of `mfaValues`).
 * Throws UNAUTHENTICATED for a token that is not good, FORBIDDEN for a person who may not come in like this.
 */
export async function readIdToken(
  provider: Provider,
  token: string,
  expected: { clientId: string; nonce: string; mfaValues: string[]; now: number },
): Promise<Identity> {
  const claims = await verify(provider, token, expected);
  if (!hasSecondFactor(claims, expected.mfaValues)) {
    throw new HearbackError("FORBIDDEN", "Sign in with a second factor: a password alone does not open the console.");
  }
  const { sub, email, name } = claims;
  if (!sub || typeof email !== "string" || !email.includes("@") || claims.email_verified === false) {
    throw new HearbackError("FORBIDDEN", "The sign-in service gave no verified e-mail address for you.");
  }
  return { subject: sub, email: email.toLowerCase(), name: typeof name === "string" && name ? name : email };
}

async function verify(
  provider: Provider,
  token: string,
  { clientId, nonce, now }: { clientId: string; nonce: string; now: number },
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, provider.keys, {
      issuer: provider.issuer,
      audience: clientId,
      algorithms: provider.algorithms,
      clockTolerance: SKEW_SECONDS,
      currentDate: new Date(now),
      requiredClaims: ["exp", "iat", "sub", "nonce"],
    });
    // With several audiences, `azp` says for whom it was made (OpenID Connect Core 3.1.3.7).
    const isOurs = payload.azp === undefined ? !Array.isArray(payload.aud) || payload.aud.length === 1 : true;
    if (payload.nonce !== nonce || !isOurs || (payload.azp ?? clientId) !== clientId) throw new Error("not ours");
    return payload;
  } catch (cause) {
    throw new HearbackError("UNAUTHENTICATED", "This sign-in could not be verified. Please start again.", { cause });
  }
}

/** `amr` by RFC 8176; `acr` is whatever the provider was set up to call it. */
function hasSecondFactor({ amr, acr }: JWTPayload, mfaValues: string[]): boolean {
  const said = [...(Array.isArray(amr) ? amr : []), acr];
  return said.some((value) => typeof value === "string" && mfaValues.includes(value));
}
