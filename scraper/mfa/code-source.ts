/** Where one-time codes for the EHR arrive: a phone portal, an inbox, a person. */
export type MfaCodeSource = {
  /** Starts to open what a code will need, and returns at once. What goes wrong with it, the next call tells. */
  prepare(): void;
  /** Notes the codes that are there already. To be called before a new one is asked for, so that no stale one is taken. */
  remember(): Promise<void>;
  /**
   * The first code that was not there at `remember`, or `mfa_timeout`. `requestedAfter` (epoch ms) is for sources
   * that know when a message came.
   */
  waitForCode(request: { requestedAfter: number; timeoutMs: number }): Promise<string>;
  /** Lets go of what was opened, or is being opened; there are no codes after that. */
  close(): Promise<void>;
};

/** `Your code is: 12345. Thank you.` anywhere in a text. The number of digits has changed before. */
const CODE = /\byour code is:?\s*(\d{5,10})\b/gi;

/** All codes in some texts, in their order; the same one twice if it is there twice. */
export function codesIn(texts: string[]): string[] {
  return texts.flatMap((text) => [...text.matchAll(CODE)].map((match) => match[1] ?? ""));
}

/** The first code that is there more often than it was known to be. */
export function newCode(codes: string[], known: string[]): string | undefined {
  const left = [...known];
  return codes.find((code) => {
    const at = left.indexOf(code);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
