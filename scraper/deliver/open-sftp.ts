import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { promisify } from "node:util";
import { Client, type SFTPWrapper } from "ssh2";
import type * as z from "zod";
import type { PrintEnv } from "../settings.ts";
import { DeliveryFailure } from "./failure.ts";
import type { OpenReceiver, Receiver } from "./receiver.ts";

/** For one call, the whole of a file's bytes included. */
const ANSWER_WITHIN_MS = 60_000;
/** What does not answer a goodbye in this time is hung up on: an open line would keep a program that is done. */
const GOODBYE_MS = 2_000;
/** SSH_FX codes of the protocol (draft-ietf-secsh-filexfer-02, 7). */
const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;

/**
 * A receiver's folder over SFTP. The machine must show the host key that was agreed on; nothing is told to another one,
 * the password least of all. Another vendor's way is another file like this.
 */
export function openSftp(settings: z.infer<typeof PrintEnv>, answerWithinMs = ANSWER_WITHIN_MS): OpenReceiver {
  return async (signal) => {
    const client = new Client();
    signal.addEventListener("abort", () => client.destroy(), { once: true });
    const inTime = <Value>(work: Promise<Value>) => answered(work, signal, answerWithinMs);
    try {
      await inTime(connect(client, settings, answerWithinMs));
      const sftp = await inTime(promisify<SFTPWrapper>(client.sftp.bind(client))());
      return receiverOver(client, sftp, folderOf(settings), inTime);
    } catch (error) {
      client.destroy();
      throw error;
    }
  };
}

function folderOf({ PRINT_SFTP_URL }: z.infer<typeof PrintEnv>): string {
  return decodeURIComponent(new URL(PRINT_SFTP_URL).pathname.replace(/^\//, "")) || ".";
}

function connect(client: Client, settings: z.infer<typeof PrintEnv>, answerWithinMs: number): Promise<void> {
  const { hostname, port, username } = new URL(settings.PRINT_SFTP_URL);
  let isOther = false;
  return new Promise((resolve, reject) => {
    client.once("ready", resolve);
    // Also after it is open: a line that breaks is told to whoever waits for an answer.
    client.on("error", (error: Error & { level?: string }) => {
      const isLogin = error.level === "client-authentication";
      reject(new DeliveryFailure(isOther ? "host_key_mismatch" : isLogin ? "login" : "unavailable"));
    });
    client.connect({
      host: hostname,
      port: Number(port || 22),
      username: decodeURIComponent(username),
      ...(settings.PRINT_SFTP_PASSWORD && { password: settings.PRINT_SFTP_PASSWORD }),
      ...(settings.PRINT_SFTP_KEY_FILE && { privateKey: readFileSync(settings.PRINT_SFTP_KEY_FILE) }),
      readyTimeout: answerWithinMs,
      hostVerifier: (key: Buffer) => {
        isOther = fingerprintOf(key) !== settings.PRINT_SFTP_HOST_KEY;
        return !isOther;
      },
    });
  });
}

/** As `ssh-keygen -lf` shows it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function receiverOver(
  client: Client,
  sftp: SFTPWrapper,
  folder: string,
  inTime: <Value>(work: Promise<Value>) => Promise<Value>,
): Receiver {
  const at = (name: string) => posix.join(folder, name);
  const list = promisify(sftp.readdir.bind(sftp)) as (
    path: string,
  ) => Promise<{ filename: string; attrs: { size: number } }[]>;
  const read = promisify(sftp.readFile.bind(sftp)) as (path: string) => Promise<Buffer>;
  const write = promisify(sftp.writeFile.bind(sftp)) as (path: string, bytes: Buffer) => Promise<void>;
  const rename = promisify(sftp.rename.bind(sftp));
  const unlink = promisify(sftp.unlink.bind(sftp));
  return {
    sizeOf: async (name) => (await inTime(list(folder))).find(({ filename }) => filename === name)?.attrs.size ?? null,
    read: (name) => inTime(read(at(name)).catch((error: unknown) => unless(error, PERMISSION_DENIED))),
    write: (name, bytes) => inTime(write(at(name), bytes)),
    rename: (from, to) => inTime(rename(at(from), at(to))),
    remove: async (name) => {
      await inTime(unlink(at(name)).catch((error: unknown) => unless(error, NO_SUCH_FILE)));
    },
    close: () => {
      client.end();
      setTimeout(() => client.destroy(), GOODBYE_MS).unref();
    },
  };
}

function unless(error: unknown, code: number): null {
  if (error instanceof Error && "code" in error && error.code === code) return null;
  throw error;
}

/** The work's answer, or why there is none. */
async function answered<Value>(work: Promise<Value>, signal: AbortSignal, answerWithinMs: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeliveryFailure("timeout")), answerWithinMs);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    if (error instanceof DeliveryFailure || signal.aborted) throw error;
    // A status that the other side gave is its no; anything else is the line's.
    const isTheirs = error instanceof Error && "code" in error && typeof error.code === "number";
    throw new DeliveryFailure(isTheirs ? "refused" : "unavailable");
  } finally {
    clearTimeout(timer);
  }
}
