import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";
import * as z from "zod";

/** Cookies and localStorage, as Playwright exports them. sessionStorage is not part of it. */
export type StorageState = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** Where sealed sessions are kept, by service id such as `practicefusion`. Having none is normal. */
export type SessionStates = {
  /** The last state saved, or null if there is none. One that cannot be opened any more is deleted. */
  load(service: string): Promise<StorageState | null>;
  save(service: string, state: StorageState): Promise<void>;
  remove(service: string): Promise<void>;
};

const VERSION = 1;
const Sealed = z.object({
  version: z.literal(VERSION),
  savedAt: z.int(),
  nonce: z.base64(),
  tag: z.base64(),
  data: z.base64(),
});

/**
 * Sessions as files in `folder`, sealed with AES-256-GCM under `key` (32 bytes): a session is as good as a password.
 * Service, version and time of saving are authenticated with it, so that no file passes for another.
 */
export function sessionFiles(options: { folder: string; key: Uint8Array; now?: () => number }): SessionStates {
  const { folder, key, now = Date.now } = options;
  if (key.length !== 32) throw new RangeError("the session key must be 32 bytes");
  const pathOf = (service: string) => {
    if (!/^[a-z0-9-]+$/.test(service)) throw new RangeError("a service id has only a-z, 0-9 and -");
    return join(folder, `${service}.session.json`);
  };
  const remove = (service: string) => rm(pathOf(service), { force: true });
  return {
    remove,
    async load(service) {
      const text = await readFile(pathOf(service), "utf8").catch(ignoreAbsence);
      if (text === null) return null;
      try {
        return open(service, text, key);
      } catch {
        await remove(service);
        return null;
      }
    },
    async save(service, state) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const draft = `${pathOf(service)}.${process.pid}.draft`;
      await writeFile(draft, seal(service, state, key, now()), { mode: 0o600 });
      await rename(draft, pathOf(service));
    },
  };
}

const binding = (service: string, savedAt: number) => Buffer.from(`${service}|${VERSION}|${savedAt}`);

function seal(service: string, state: StorageState, key: Uint8Array, savedAt: number): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(binding(service, savedAt));
  const data = Buffer.concat([cipher.update(JSON.stringify(state), "utf8"), cipher.final()]);
  const sealed: z.infer<typeof Sealed> = {
    version: VERSION,
    savedAt,
    nonce: nonce.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
    data: data.toString("base64"),
  };
  return JSON.stringify(sealed);
}

function open(service: string, text: string, key: Uint8Array): StorageState {
  const { savedAt, nonce, tag, data } = Sealed.parse(JSON.parse(text));
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"), { authTagLength: 16 });
  decipher.setAAD(binding(service, savedAt)).setAuthTag(Buffer.from(tag, "base64"));
  const state = Buffer.concat([decipher.update(Buffer.from(data, "base64")), decipher.final()]);
  return JSON.parse(state.toString("utf8"));
}

function ignoreAbsence(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
