import { Temporal } from "temporal-polyfill";
import { ENTITIES } from "../../edge/contract/imports.ts";
import { ImportArguments, type Lease } from "../../edge/contract/jobs.ts";
import type { EdgeClient } from "../edge-client.ts";
import { codeOf, finishRun, type RunReport } from "../finish-run.ts";
import { keepLease } from "../keep-lease.ts";
import type { Log } from "../log.ts";
import { errorFields, runProcedure } from "../procedure.ts";
import { ImportFailure } from "./failure.ts";
import { type ImportPush, pushImport } from "./push-import.ts";
import type { ImportWindow, ReadSource, Sources } from "./source.ts";

export type ImportDeps = { edge: EdgeClient; sources: Sources; log: Log; signal?: AbortSignal; now?: () => number };

/** A reading takes minutes; one that takes this long hangs. */
const RUN_MS = 45 * 60_000;
const DAYS_BACK = 7;
const DAYS_AHEAD = 180;

/**
 * Does one leased import: reads the source from beginning to end and pushes what it shows. A reading that breaks off
 * is told to the edge as failed, with its code, and nothing of it is applied. Throws nothing but a bug.
 */
export async function runImport(lease: Lease, deps: ImportDeps): Promise<RunReport> {
  const { source, ...asked } = ImportArguments.parse(lease.arguments);
  const procedure = { id: "import", runId: lease.runId, arguments: { source, job: lease.jobId } };
  return runProcedure(deps.log, procedure, async (log) => {
    const kept = keepLease(deps.edge, lease);
    const deadline = AbortSignal.timeout(RUN_MS);
    const signal = AbortSignal.any([kept.signal, deadline, ...(deps.signal ? [deps.signal] : [])]);
    const startedAt = (deps.now ?? Date.now)();
    const window = windowOf(asked, startedAt);
    const push = pushImport(deps.edge, {
      runId: lease.runId,
      source,
      snapshotAt: new Date(startedAt).toISOString(),
      scope: { entities: [...ENTITIES], whole: ["patient"], ...window },
    });
    const report = await readAll(deps.sources[source], { window, push, log, signal });
    await kept.stop();
    await finishRun(deps.edge, lease, report, log);
    return report;
  });
}

type Reading = { window: ImportWindow; push: ImportPush; log: Log; signal: AbortSignal };

async function readAll(read: ReadSource | undefined, { window, push, log, signal }: Reading): Promise<RunReport> {
  try {
    if (!read) throw new ImportFailure("source_unknown");
    for await (const batch of read(window, { log, signal })) {
      signal.throwIfAborted();
      await push.take(batch);
    }
    const status = await push.end();
    log.info("import pushed", { import_status: status, ...push.counts });
    return { status: "succeeded", counts: push.counts };
  } catch (error) {
    const cause: unknown = signal.aborted ? signal.reason : error;
    const code = codeOf(cause) === "deadline_exceeded" ? "timeout" : codeOf(cause);
    log.error("import broke off", { ...errorFields(cause), code });
    if (code !== "lease_lost") await tellFailure(push, code, log);
    return { status: "failed", counts: push.counts, error: { code } };
  }
}

/** The edge may be what failed: then it finds the import unfinished, which comes to the same. */
async function tellFailure(push: ImportPush, code: string, log: Log): Promise<void> {
  await push.fail(code).catch((error: unknown) => log.warn("failure not taken", errorFields(error)));
}

/** Appointments from a week back to half a year ahead, and what the edge asked for of purchases. */
function windowOf(asked: Omit<ImportArguments, "source">, now: number): ImportWindow {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(asked.timeZone).toPlainDate();
  return {
    appointmentsFrom: asked.appointmentsFrom ?? today.subtract({ days: DAYS_BACK }).toString(),
    appointmentsTo: asked.appointmentsTo ?? today.add({ days: DAYS_AHEAD }).toString(),
    ...(asked.purchasesFrom && { purchasesFrom: asked.purchasesFrom }),
  };
}
