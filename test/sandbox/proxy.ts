import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export type Fault = {
  /** Before the upstream hears the request, or after it replied and before the caller hears that. */
  at: "request" | "reply";
  /** `cutAfterBytes` lets that much of the reply through and then cuts; `silence` swallows and keeps the line open. */
  does?: "pass" | "reset" | "silence" | { cutAfterBytes: number };
  /** Only requests whose bytes match, such as `/v2/pipeline` or the words of a statement; without it, all. */
  request?: RegExp;
  /** Hits this many requests and is gone; without it, it stays until removed. */
  times?: number;
  delayMs?: number;
  bytesPerSecond?: number;
  /** Runs first, such as a kill; nothing moves on this connection until it is done. */
  run?: () => void | Promise<void>;
};

export type SetFault = {
  /** Resolves when the fault hits for the first time. */
  hit: Promise<void>;
  remove(): void;
};

export type TcpProxy = {
  /** Stands for the target's URL. */
  url: string;
  fault(fault: Fault): SetFault;
  /** Resets every open connection, as a network that fails for a moment. */
  resetAll(): void;
  close(): Promise<void>;
};

type Active = { fault: Fault; left: number; onHit: () => void };

/** A line to `target` (an http URL) that can be slow, cut or silent at a chosen request. Faults are tried in order. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const active: Active[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on("error", () => {}); // the other side of the line is closed below
      socket.once("close", () => sockets.delete(socket));
    }
    join(client, upstream, (bytes) => take(active, bytes));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    fault: (fault) => setFault(active, fault),
    resetAll: () => sockets.forEach((socket) => void socket.resetAndDestroy()),
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Moves bytes both ways; one exchange is a request and all that answers it. */
function join(client: Socket, upstream: Socket, faultFor: (request: Buffer) => Fault | undefined): void {
  let fault: Fault | undefined;
  let answered = true;
  let passed = 0;

  const act = async (at: Fault["at"], from: Socket, to: Socket, bytes: Buffer): Promise<void> => {
    if (fault?.at !== at) return send(to, bytes);
    const { does = "pass", bytesPerSecond } = fault;
    if (does === "silence") return;
    if (does === "reset") return void [from, to].forEach((socket) => void socket.resetAndDestroy());
    const room = typeof does === "object" ? does.cutAfterBytes - passed : bytes.length;
    await send(to, bytes.subarray(0, room), bytesPerSecond);
    passed += bytes.length;
    if (room < bytes.length) [from, to].forEach((socket) => void socket.destroySoon());
  };

  pump(client, upstream, async (bytes) => {
    if (answered) [fault, answered, passed] = [undefined, false, 0];
    const fresh = fault ? undefined : faultFor(bytes);
    fault ??= fresh;
    if (fresh?.at === "request") await begin(fresh);
    await act("request", client, upstream, bytes);
  });
  pump(upstream, client, async (bytes) => {
    const first = !answered;
    answered = true;
    if (first && fault?.at === "reply") await begin(fault);
    await act("reply", upstream, client, bytes);
  });
}

async function begin(fault: Fault): Promise<void> {
  await fault.run?.();
  if (fault.delayMs) await pause(fault.delayMs);
}

async function pump(from: Socket, to: Socket, each: (bytes: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const bytes of from) await each(bytes as Buffer);
    to.end();
  } catch {
    to.destroy(); // `from` was reset or destroyed
  }
}

async function send(to: Socket, bytes: Buffer, bytesPerSecond?: number): Promise<void> {
  if (!bytesPerSecond) {
    if (!to.destroyed && !to.write(bytes)) await once(to, "drain");
    return;
  }
  for (let sent = 0; sent < bytes.length && !to.destroyed; sent++) {
    to.write(bytes.subarray(sent, sent + 1));
    await pause(1_000 / bytesPerSecond);
  }
}

function take(active: Active[], request: Buffer): Fault | undefined {
  const hit = active.find(({ fault, left }) => left > 0 && (fault.request?.test(request.toString("latin1")) ?? true));
  if (!hit) return undefined;
  hit.left -= 1;
  hit.onHit();
  return hit.fault;
}

function setFault(active: Active[], fault: Fault): SetFault {
  const { promise, resolve } = Promise.withResolvers<void>();
  const entry: Active = { fault, left: fault.times ?? Number.POSITIVE_INFINITY, onHit: resolve };
  active.push(entry);
  const remove = () => void active.splice(0, active.length, ...active.filter((other) => other !== entry));
  return { hit: promise, remove };
}

function portOf(server: Server): number {
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("the proxy has no TCP port");
  return address.port;
}
