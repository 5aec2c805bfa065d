import { createHash } from "node:crypto";
import { DeliveryFailure } from "./failure.ts";
import type { Receiver } from "./receiver.ts";

/** A file as it is to arrive. `sha256` is hex. */
export type OutFile = { name: string; bytes: Buffer; sha256: string };
/** What the receiver's side shows; `sha256` is null where what is there may not be read. */
export type Seen = { bytes: number; sha256: string | null };

/** What is told to the edge on the way; each is kept there before the next step is taken. */
export type Steps = { renaming(): Promise<void>; inDoubt(): Promise<void> };

/**
 * Brings a file there once, whatever broke off before: written under a temporary name, compared, renamed, and looked for
 * in the receiver's own list. `mayBeThere` says that a try before this one got as far as renaming: if then neither name is
 * there, the receiver may have fetched it, and it is not sent again. Throws `DeliveryFailure`.
 */
export async function bringFile(receiver: Receiver, file: OutFile, mayBeThere: boolean, steps: Steps): Promise<Seen> {
  const temporary = `${file.name}.part`;
  if ((await receiver.sizeOf(file.name)) !== null) return seeWhole(receiver, file.name, file, "name_taken");
  const isHalfThere = mayBeThere && (await receiver.sizeOf(temporary)) !== null;
  if (mayBeThere && !isHalfThere) return doubt(steps);
  await receiver.write(temporary, file.bytes);
  await seeWhole(receiver, temporary, file, "cut");
  if (!mayBeThere) await steps.renaming().catch((error: unknown) => giveBack(receiver, temporary, error));
  await receiver.rename(temporary, file.name);
  if ((await receiver.sizeOf(file.name)) === null) return doubt(steps);
  return seeWhole(receiver, file.name, file, "cut");
}

/** Size and, where it may be read, content are the file's. */
async function seeWhole(
  receiver: Receiver,
  name: string,
  { bytes, sha256 }: OutFile,
  otherwise: "cut" | "name_taken",
): Promise<Seen> {
  const size = await receiver.sizeOf(name);
  if (size !== bytes.byteLength) throw new DeliveryFailure(otherwise);
  const content = await receiver.read(name);
  const digest = content && createHash("sha256").update(content).digest("hex");
  if (digest !== null && digest !== sha256) throw new DeliveryFailure(otherwise);
  return { bytes: size, sha256: digest };
}

async function doubt(steps: Steps): Promise<never> {
  await steps.inDoubt();
  throw new DeliveryFailure("in_doubt");
}

/** Not wanted any more: nothing of it stays. Where the edge only did not answer, it may have noted the step: then it does. */
async function giveBack(receiver: Receiver, temporary: string, error: unknown): Promise<never> {
  if (error instanceof DeliveryFailure && error.code === "cancelled") await receiver.remove(temporary);
  throw error;
}
