import ssh2, { type Attributes, type SFTPWrapper } from "ssh2";
import type { Folder } from "./folder.ts";
import type { SftpFault } from "./start.ts";

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;
const ROOT = "incoming";

type State = { failing: SftpFault | null; hook: (() => void | Promise<void>) | null };

/** Answers one client's requests about the folder, as version 3 of the protocol has them. `cutLine` ends its connection. */
export function serveFolder(sftp: SFTPWrapper, folder: Folder, state: State, cutLine: () => void): void {
  const status = (id: number, code: keyof typeof STATUS_CODE) => sftp.status(id, STATUS_CODE[code]);
  const answers = (work: (id: number, ...rest: never[]) => void) =>
    ((id: number, ...rest: never[]) => {
      if (state.failing !== "silent") work(id, ...rest);
    }) as never;

  sftp.on(
    "OPEN",
    answers((id: number, path: string, flags: number) => {
      const name = nameOf(path);
      const isWriting = (flags & OPEN_MODE.WRITE) !== 0;
      if (!name) return status(id, "NO_SUCH_FILE");
      if (!isWriting && state.failing === "no-read") return status(id, "PERMISSION_DENIED");
      if (!isWriting && !folder.files.has(name)) return status(id, "NO_SUCH_FILE");
      if (isWriting && (flags & OPEN_MODE.TRUNC) !== 0) folder.put(name, Buffer.alloc(0));
      sftp.handle(id, folder.open(name));
    }),
  );
  sftp.on(
    "WRITE",
    answers((id: number, handle: Buffer, offset: number, data: Buffer) => {
      const at = folder.of(handle);
      if (!at) return status(id, "FAILURE");
      folder.write(at.name, offset, state.failing === "cut" ? data.subarray(0, -1) : Buffer.from(data));
      status(id, "OK");
    }),
  );
  sftp.on(
    "READ",
    answers((id: number, handle: Buffer, offset: number, length: number) => {
      const bytes = folder.files.get(folder.of(handle)?.name ?? "");
      if (!bytes) return status(id, "FAILURE");
      if (offset >= bytes.length) return status(id, "EOF");
      sftp.data(id, bytes.subarray(offset, offset + length));
    }),
  );
  const stat = (id: number, bytes: Buffer | undefined) => {
    if (bytes) sftp.attrs(id, attributesOf(bytes));
    else status(id, "NO_SUCH_FILE");
  };
  sftp.on(
    "FSTAT",
    answers((id: number, handle: Buffer) => stat(id, folder.files.get(folder.of(handle)?.name ?? ""))),
  );
  sftp.on(
    "STAT",
    answers((id: number, path: string) => stat(id, folder.files.get(nameOf(path) ?? ""))),
  );
  sftp.on(
    "OPENDIR",
    answers((id: number, path: string) => {
      if (path !== ROOT) return status(id, "NO_SUCH_FILE");
      sftp.handle(id, folder.open(""));
    }),
  );
  sftp.on(
    "READDIR",
    answers((id: number, handle: Buffer) => {
      const at = folder.of(handle);
      if (!at || at.isListed || folder.files.size === 0) return status(id, at ? "EOF" : "FAILURE");
      at.isListed = true;
      const names = [...folder.files].map(([filename, bytes]) => {
        return {
          filename,
          longname: `-rw------- 1 clinic clinic ${bytes.length} ${filename}`,
          attrs: attributesOf(bytes),
        };
      });
      sftp.name(id, names);
    }),
  );
  sftp.on(
    "CLOSE",
    answers((id: number, handle: Buffer) => {
      folder.close(handle);
      status(id, "OK");
    }),
  );
  sftp.on(
    "REMOVE",
    answers((id: number, path: string) => status(id, folder.remove(nameOf(path) ?? "") ? "OK" : "NO_SUCH_FILE")),
  );
  sftp.on(
    "RENAME",
    answers(async (id: number, from: string, to: string) => {
      await state.hook?.();
      if (state.failing === "lost-before-rename") return cutLine();
      if (state.failing === "no-rename") return status(id, "PERMISSION_DENIED");
      const isDone = folder.rename(nameOf(from) ?? "", nameOf(to) ?? "");
      if (state.failing === "lost-after-rename") return cutLine();
      status(id, isDone ? "OK" : "FAILURE");
    }),
  );
}

/** Null for what is not in the folder that clients may see. */
function nameOf(path: string): string | null {
  return /^incoming\/([^/]+)$/.exec(path)?.[1] ?? null;
}

function attributesOf(bytes: Buffer): Attributes {
  return { mode: 0o100600, uid: 1, gid: 1, size: bytes.length, atime: 0, mtime: 0 };
}
