/** A folder in memory, with handles as the protocol has them. */
export class Folder {
  readonly files = new Map<string, Buffer>();
  readonly arrivals: string[] = [];
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
    this.files.set(name, after);
  }

  /** Never over another file, as version 3 of the protocol has it. */
  rename(from: string, to: string): boolean {
    const bytes = this.files.get(from);
    if (!bytes || this.files.has(to)) return false;
    this.files.delete(from);
    this.files.set(to, bytes);
    this.arrivals.push(to);
    return true;
  }
}
