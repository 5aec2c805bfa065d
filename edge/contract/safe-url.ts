import * as z from "zod";

const THIS_MACHINE = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** An address over TLS, or on this very machine: what goes there is a secret, or names people. */
export const SafeUrl = z.url({ protocol: /^https?$/, error: "expected an address, https://…" }).refine(isSafe, {
  error: "expected https:// (http:// only to this very machine)",
});

function isSafe(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" || THIS_MACHINE.test(hostname);
}
