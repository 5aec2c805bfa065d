import { Temporal } from "temporal-polyfill";
import { ENTITIES, type Entity } from "../../edge/contract/imports.ts";
import type { ImportArguments } from "../../edge/contract/jobs.ts";
import type { EdgeClient } from "../edge-client.ts";
import { codeOf, type RunReport } from "../finish-run.ts";
import type { Log } from "../log.ts";
import { errorFields } from "../procedure.ts";
import { ImportFailure } from "./failure.ts";
import { type ImportPush, pushImport } from "./push-import.ts";
import type { ImportWindow, ReadSource } from "./source.ts";

export type Reading = {
  runId: string;
  asked: ImportArguments;
  /** When the source is read, epoch ms. */
  startedAt: number;
  log: Log;
  signal: AbortSignal;
};

/** `read` counts the rows of each kind that were handed over. */
export type ReadingReport = RunReport & { status: "succeeded" | "failed"; read: Partial<Record<Entity, number>> };

const DAYS_BACK = 7;
const DAYS_AHEAD = 180;
/** The work goes on elsewhere, or once more from the beginning: that is no failure of the reading. */
const GOES_ON = ["lease_lost", "stopped"];

/**
 * Reads a source from beginning to end and pushes what it shows as one import. A reading that breaks off is told to the
 * edge as failed, with its code, and nothing of it is applied. Throws nothing but a bug.
 */
export async function readAndPush(
  edge: EdgeClient,
  read: ReadSource | undefined,
  { runId, asked, startedAt, log, signal }: Reading,
): Promise<ReadingReport> {
  const window = windowOf(asked, startedAt);
  const push = pushImport(edge, {
    runId,
    source: asked.source,
    snapshotAt: new Date(startedAt).toISOString(),
    scope: { entities: [...ENTITIES], whole: ["patient"], ...window },
  });
  try {
    if (!read) throw new ImportFailure("source_unknown");
    for await (const batch of read(window, { log, signal })) {
      signal.throwIfAborted();
      await push.take(batch);
    }
    const status = await push.end();
    log.info("import pushed", { import_status: status, ...push.counts });
    return { status: "succeeded", counts: push.counts, read: push.read };
  } catch (error) {
    const cause: unknown = signal.aborted ? signal.reason : error;
    const code = codeOf(cause) === "deadline_exceeded" ? "timeout" : codeOf(cause);
    log.error("import broke off", { ...errorFields(cause), code });
    if (!GOES_ON.includes(code)) await tellFailure(push, code, log);
    return { status: "failed", counts: push.counts, read: push.read, error: { code } };
  }
}

/** The edge may be what failed: then it finds the import unfinished, which comes to the same. */
async function tellFailure(push: ImportPush, code: string, log: Log): Promise<void> {
  await push.fail(code).catch((error: unknown) => log.warn("failure not taken", errorFields(error)));
}

/** Appointments from a week back to half a year ahead unless asked for others, and of purchases what was asked for. */
function windowOf(asked: ImportArguments, now: number): ImportWindow {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(asked.timeZone).toPlainDate();
  return {
    appointmentsFrom: asked.appointmentsFrom ?? today.subtract({ days: DAYS_BACK }).toString(),
    appointmentsTo: asked.appointmentsTo ?? today.add({ days: DAYS_AHEAD }).toString(),
    ...(asked.purchasesFrom && { purchasesFrom: asked.purchasesFrom }),
  };
}
