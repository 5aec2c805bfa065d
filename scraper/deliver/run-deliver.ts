import { createHash } from "node:crypto";
import { DeliverArguments } from "../../edge/contract/exports.ts";
import type { Lease } from "../../edge/contract/jobs.ts";
import type { EdgeClient } from "../edge-client.ts";
import { codeOf, type RunReport } from "../finish-run.ts";
import { errorFields } from "../procedure.ts";
import { type LeasedDeps, runLeased } from "../run-leased.ts";
import { EdgeFailure } from "../signed-post.ts";
import { bringFile, type OutFile, type Seen } from "./bring-file.ts";
import { DeliveryFailure } from "./failure.ts";
import type { OpenReceiver } from "./receiver.ts";

export type DeliverDeps = LeasedDeps & { deliver: OpenReceiver };

/** A file takes seconds; a delivery that takes this long hangs. */
const RUN_MS = 15 * 60_000;

/**
 * Does one leased delivery: fetches the file, brings it to whom it is for, and tells the edge what is seen there. Nothing
 * of the file is kept here. A failure is told with its code; the edge decides when it is tried again. Throws nothing but
 * a bug.
 */
export function runDeliver(lease: Lease, deps: DeliverDeps): Promise<RunReport> {
  return runLeased(lease, deps, {
    id: "deliver",
    asks: DeliverArguments,
    about: ({ name }) => ({ file: name }),
    runMs: RUN_MS,
    work: (asked, own) => deliverOne(lease, asked, { ...deps, ...own }),
  });
}

async function deliverOne(
  lease: Lease,
  asked: DeliverArguments,
  deps: DeliverDeps & { signal: AbortSignal },
): Promise<RunReport> {
  try {
    const seen = await bring(lease, asked, deps);
    return { status: "succeeded", counts: { bytes: seen.bytes } };
  } catch (error) {
    const cause: unknown = deps.signal.aborted ? deps.signal.reason : error;
    const code = codeOf(cause) === "deadline_exceeded" ? "timeout" : codeOf(cause);
    deps.log.error("delivery broke off", { ...errorFields(cause), code });
    return { status: "failed", counts: {}, error: { code } };
  }
}

async function bring(
  lease: Lease,
  asked: DeliverArguments,
  { edge, deliver, signal }: DeliverDeps & { signal: AbortSignal },
): Promise<Seen> {
  const { status } = await edge.deliveryStep(lease, "begun");
  if (status !== "waiting" && status !== "renaming") throw new DeliveryFailure("cancelled");
  const file = await fetchFile(lease, asked, edge, signal);
  const receiver = await deliver(signal);
  try {
    const seen = await bringFile(receiver, file, status === "renaming", {
      renaming: async () => {
        await edge.deliveryStep(lease, "renaming").catch(asCancelled);
      },
      inDoubt: async () => {
        await edge.deliveryStep(lease, "in_doubt");
      },
    });
    await edge.deliveryStep(lease, "arrived", seen);
    return seen;
  } finally {
    receiver.close();
  }
}

/** Of a delivery that is not wanted any more, as well as of a lease that is not ours. */
function asCancelled(error: unknown): never {
  const isNo = error instanceof EdgeFailure && error.status === 409;
  throw isNo ? new DeliveryFailure("cancelled") : error;
}

/** The very bytes that the job speaks of; a file that differs goes nowhere. */
async function fetchFile(
  lease: Lease,
  { name, parts, bytes: size, sha256 }: DeliverArguments,
  edge: EdgeClient,
  signal: AbortSignal,
): Promise<OutFile> {
  const texts: string[] = [];
  for (let part = 0; part < parts; part += 1) {
    signal.throwIfAborted();
    texts.push(await edge.filePart(lease, part));
  }
  const bytes = Buffer.from(texts.join(""));
  const isSame = bytes.byteLength === size && createHash("sha256").update(bytes).digest("hex") === sha256;
  if (!isSame) throw new DeliveryFailure("file_mismatch");
  return { name, bytes, sha256 };
}
