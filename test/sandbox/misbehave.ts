import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";

/** Never answers; the connection stays open until the client or the stand-in gives up. */
export function hang(): Promise<Response> {
  return new Promise(() => {});
}

/** Cuts the connection with a TCP reset, as a crashed server would. */
export function resetConnection({ incoming }: HttpBindings): Response {
  incoming.socket.resetAndDestroy();
  return RESPONSE_ALREADY_SENT;
}

/** Answers one byte every `everyMs`, from the status line on: catches clients whose deadline covers headers only. */
export function drip({ outgoing }: HttpBindings, answer: { status: number; body: string }, everyMs: number): Response {
  const head = `HTTP/1.1 ${answer.status} OK\r\ncontent-type: application/json\r\nconnection: close\r\n`;
  const bytes = Buffer.from(`${head}content-length: ${Buffer.byteLength(answer.body)}\r\n\r\n${answer.body}`);
  const { socket } = outgoing;
  let sent = 0;
  const timer = setInterval(() => {
    if (!socket?.writable || sent === bytes.length) {
      clearInterval(timer);
      socket?.end();
      return;
    }
    socket.write(bytes.subarray(sent, ++sent));
  }, everyMs);
  return RESPONSE_ALREADY_SENT;
}
