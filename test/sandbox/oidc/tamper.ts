import { decodeJwt, type JWTPayload, SignJWT } from "jose";
import { newSigningKey, type SigningKey } from "./provider.ts";

export type ChangeClaims = (claims: JWTPayload) => JWTPayload;

/** Makes id tokens wrong on their way out, signed all the same: by the published key or by one nobody knows. */
export function createTamper(currentKey: () => SigningKey) {
  let change: ChangeClaims | null = null;
  let unknownKey = false;
  return {
    set(to: ChangeClaims | null, options: { unknownKey: boolean } = { unknownKey: false }) {
      change = to;
      unknownKey = options.unknownKey;
    },
    async apply(token: string): Promise<string> {
      if (!change) return token;
      const key = unknownKey ? await newSigningKey("nobody-knows") : currentKey();
      const header = { alg: "RS256", kid: key.kid };
      return new SignJWT(change(decodeJwt(token))).setProtectedHeader(header).sign(key.privateKey);
    },
  };
}
