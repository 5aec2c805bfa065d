/** A folder of somebody who gets files from us. Every call throws `DeliveryFailure`, also when it is not answered in time. */
export type Receiver = {
  /** Bytes of the file of this name as the folder's list shows it; null when it shows none. */
  sizeOf(name: string): Promise<number | null>;
  /** What is in it; null where we may not read. */
  read(name: string): Promise<Buffer | null>;
  /** Anew, over whatever had that name. */
  write(name: string, bytes: Buffer): Promise<void>;
  /** Never over another file. */
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  close(): void;
};

/** Signs in. The signal ends it and every call on what it gives. */
export type OpenReceiver = (signal: AbortSignal) => Promise<Receiver>;
