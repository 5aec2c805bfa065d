import { createServer } from "node:net";

/**
 * A TCP port of 127.0.0.1 that was free a moment ago, for programs that do not tell which port 0 became.
 * Someone else may take it first, so callers try again when the program cannot bind it.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
