/** A folder in memory, with handles as the protocol has them. */
export class Folder {
  readonly files = new Map<string, Buffer>();
  readonly arrivals: { name: string; at: number }[] = [];
  /** Called when anything in it changes. */
  readonly listeners = new Set<() => void>();
  private readonly handles = new Map<number, { name: string; isListed: boolean }>();
  private next = 0;

  open(name: string): Buffer {
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(this.next);
    this.handles.set(this.next, { name, isListed: false });
    this.next += 1;
    return handle;
  }

  /** What the handle is of; null for one that was never given, or was closed. */
  of(handle: Buffer): { name: string; isListed: boolean } | null {
    return this.handles.get(handle.readUInt32BE()) ?? null;
  }

  close(handle: Buffer): void {
    this.handles.delete(handle.readUInt32BE());
  }

  write(name: string, offset: number, data: Buffer): void {
    const before = this.files.get(name) ?? Buffer.alloc(0);
    const after = Buffer.alloc(Math.max(before.length, offset + data.length));
    before.copy(after);
    data.copy(after, offset);
    this.put(name, after);
  }

  put(name: string, bytes: Buffer): void {
    this.files.set(name, bytes);
    this.changed();
  }

  /** True when there was such a file. */
  remove(name: string): boolean {
    const wasThere = this.files.delete(name);
    this.changed();
    return wasThere;
  }

  /** Never over another file, as version 3 of the protocol has it. */
  rename(from: string, to: string): boolean {
    const bytes = this.files.get(from);
    if (!bytes || this.files.has(to)) return false;
    this.files.delete(from);
    this.arrivals.push({ name: to, at: Date.now() });
    this.put(to, bytes);
    return true;
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
