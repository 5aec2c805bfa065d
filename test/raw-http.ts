import { connect } from "node:net";

/** Sends bytes as they are and returns the answer's status and text; status 0 when the connection was just closed. */
export function sendRaw(
  url: string,
  request: string | Buffer,
  deadlineMs = 5_000,
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname === "localhost" ? "127.0.0.1" : hostname, () =>
      socket.write(request),
    );
    const done = () => {
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    };
    socket.setTimeout(deadlineMs, () => (text === "" ? reject(new Error("no answer in time")) : done()));
    // workerd keeps the connection open whatever the request says: the end of the answer's head is enough.
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (text.includes("\r\n\r\n")) done();
    });
    socket.on("error", done);
    socket.on("close", done);
  });
}

/** A request's head, by lines, with Host and a closing connection. */
export function head(method: string, target: string, ...lines: string[]): string {
  return [`${method} ${target} HTTP/1.1`, "Host: desk.example", "Connection: close", ...lines, "", ""].join("\r\n");
}
