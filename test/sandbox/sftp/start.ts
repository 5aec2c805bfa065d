import { createHash } from "node:crypto";
import ssh2, { type Connection, type ParsedKey, type PublicKeyAuthContext } from "ssh2";
import { serveApp } from "../serve.ts";
import { Folder } from "./folder.ts";
import { boxPages } from "./pages.ts";
import { serveFolder } from "./serve-folder.ts";

/**
 * What goes wrong from now on. `login`: nobody is let in; `cut`: the last bytes of what is written are lost; `no-read`: a
 * dropbox in which one may write, not read; `no-rename`: names cannot be changed; `silent`: no answer to anything but the
 * sign-in; `lost-before-rename`, `lost-after-rename`: the line breaks at the first rename, before or after it took place.
 */
export type SftpFault =
  | "login"
  | "cut"
  | "no-read"
  | "no-rename"
  | "silent"
  | "lost-before-rename"
  | "lost-after-rename";

export type Sftp = {
  url: string;
  /** What lies in the folder, as a page for people. */
  pageUrl: string;
  password: string;
  /** The machine's key as `ssh-keygen -lf` shows it. */
  hostKey: string;
  /** What lies in the folder, by name. */
  files: ReadonlyMap<string, Buffer>;
  /** Names under which something was put there by renaming, and when (epoch ms), oldest first. */
  arrivals: readonly { name: string; at: number }[];
  put(name: string, bytes: Buffer): void;
  /** The owner of the folder takes a file out, as printers do. */
  take(name: string): void;
  /** Lets a user in who holds this key's other half. */
  allowKey(publicKey: ParsedKey): void;
  fail(how: SftpFault | null): void;
  /** Runs when a rename comes in, before it takes place. */
  onRename(hook: (() => void | Promise<void>) | null): void;
  close(): Promise<void>;
};

/** Starts a printer's SFTP server: ssh2's own, so the real protocol, with a folder in memory. */
export async function startSftp(): Promise<Sftp> {
  const pair = ssh2.utils.generateKeyPairSync("ed25519");
  const password = crypto.randomUUID();
  const folder = new Folder();
  const open = new Set<Connection>();
  const keys: ParsedKey[] = [];
  const state: { failing: SftpFault | null; hook: (() => void | Promise<void>) | null } = { failing: null, hook: null };
  const server = new ssh2.Server({ hostKeys: [pair.private] }, (client) => {
    open.add(client);
    // A line that is cut on purpose is no error of the server's.
    client.on("error", () => undefined).on("close", () => open.delete(client));
    client.on("authentication", (asked) => {
      const isIn =
        state.failing !== "login" &&
        asked.username === "clinic" &&
        (asked.method === "password"
          ? asked.password === password
          : asked.method === "publickey" && holds(keys, asked));
      if (isIn) asked.accept();
      else asked.reject(["password", "publickey"]);
    });
    client.on("session", (accept) => {
      accept().on("sftp", (acceptSftp) => serveFolder(acceptSftp(), folder, state, () => client.end()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const page = await serveApp(boxPages(folder));
  const parsed = ssh2.utils.parseKey(pair.private) as ParsedKey;
  return {
    url: `sftp://clinic@127.0.0.1:${port}/incoming`,
    pageUrl: `${page.url}/box`,
    password,
    hostKey: `SHA256:${createHash("sha256").update(parsed.getPublicSSH()).digest("base64").replace(/=+$/, "")}`,
    files: folder.files,
    arrivals: folder.arrivals,
    put: (name, bytes) => folder.put(name, bytes),
    take: (name) => void folder.remove(name),
    allowKey: (key) => keys.push(key),
    fail: (how) => {
      state.failing = how;
    },
    onRename: (hook) => {
      state.hook = hook;
    },
    close: async () => {
      for (const client of open) client.end();
      await page.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function holds(keys: ParsedKey[], asked: PublicKeyAuthContext): boolean {
  const key = keys.find((each) => each.getPublicSSH().equals(asked.key.data));
  if (!key) return false;
  return !asked.signature || !asked.blob || key.verify(asked.blob, asked.signature, asked.hashAlgo) === true;
}
