import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { NodeEnv } from "../serve.ts";

/** A server-sent stream with one event for each call of the `notify` that `watch` gets; `watch` answers how to stop. */
export function streamChanges(c: Context<NodeEnv>, watch: (notify: () => void) => () => void): Response {
  return streamSSE(c, async (stream) => {
    await new Promise<void>((ended) => {
      const stop = watch(() => void stream.writeSSE({ event: "change", data: "" }).catch(ended));
      stream.write(": watching\n\n").catch(ended);
      stream.onAbort(() => {
        stop();
        ended();
      });
    });
  });
}
