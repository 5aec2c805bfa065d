import { setTimeout as pause } from "node:timers/promises";
import { TOTP } from "otpauth";

/** With less of its window left, a password may arrive too late. */
const LEAST_LEFT_MS = 5_000;

export type TotpClock = { now: () => number; signal: AbortSignal };

/**
 * A time-based password (RFC 6238: 30 s, 6 digits, SHA-1) that will still be good when it arrives: waits for the next
 * window when little is left of this one, or when this one's password, `refused`, has been used up.
 */
export async function freshTotp(secret: string, { now, signal }: TotpClock, refused?: string): Promise<string> {
  const totp = new TOTP({ secret });
  const leftMs = totp.remaining({ timestamp: now() });
  if (leftMs < LEAST_LEFT_MS || totp.generate({ timestamp: now() }) === refused) {
    await pause(leftMs + 1, undefined, { signal });
  }
  return totp.generate({ timestamp: now() });
}
