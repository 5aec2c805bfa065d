/**
 * Open streams of libSQL's HTTP protocol, kept by this isolate. A stream is a connection at the server, and a new
 * connection reads the whole schema before its first statement: of the 1.3 ms that sqld works on a point read, 1.0.
 *
 * Nothing here belongs to a request: a stream is a name, the baton, that whoever takes it may use once.
 */
const SERVER_KEEPS_MS = 10_000;
/** All isolates share the server's connections (sqld: 128). Beyond this, a call closes the stream that it opens. */
const MOST = 16;

/** `database` names the server too: a server goes by the baton alone, whatever database the request is for. */
export type Stream = { database: string; baton: string | null; goneAt: number };

let streams: Stream[] = [];

/**
 * A stream to use now, and its baton if it is an open one; null when there are enough. One that is never given back,
 * because its request was cut off, counts as gone some time after its deadline.
 */
export function takeStream(database: string, deadlineMs: number): { stream: Stream; baton: string | null } | null {
  const now = Date.now();
  streams = streams.filter(({ goneAt }) => goneAt > now);
  // Never one that might run out on the way. Of the others the last, so that those not needed do run out.
  const soon = now + SERVER_KEEPS_MS / 2;
  const open = streams.findLast((each) => each.database === database && each.baton && each.goneAt > soon);
  if (!open && streams.length >= MOST) return null;
  const stream = { database, baton: null, goneAt: now + deadlineMs + SERVER_KEEPS_MS };
  streams = [...streams.filter((each) => each !== open), stream];
  return { stream, baton: open?.baton ?? null };
}

/** Gives a stream back with the baton for its next use; with null nobody uses it again, and the server drops it in time. */
export function giveStream(stream: Stream, baton: string | null): void {
  stream.baton = baton;
  stream.goneAt = Date.now() + SERVER_KEEPS_MS;
}
