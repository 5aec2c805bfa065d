import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { RefreshReply, RefreshRequest } from "../../edge/contract/refresh.ts";
import { connectEdge } from "../edge-client.ts";
import { codeOf } from "../finish-run.ts";
import { type ReadingReport, readAndPush } from "../imports/read-and-push.ts";
import { RUN_MS } from "../imports/run-import.ts";
import type { Log } from "../log.ts";
import { errorFields, runProcedure } from "../procedure.ts";
import type { Message } from "../sqs.ts";
import type { RefreshSettings } from "./clinics.ts";
import type { Queues } from "./queues.ts";
import { readRequest } from "./read-request.ts";

/** A request is hidden from others for so long at a time: who takes it over from a program that died waits no longer. */
export const HIDDEN_SECONDS = 60;

export type RefreshDeps = { queues: Queues; settings: RefreshSettings; log: Log; signal: AbortSignal };

/**
 * What became of a request. `done` and `failed` were answered; `refused` was none of ours to answer; `expired` came too
 * late, the desk has given it up; `left` stays in the queue for the next program, because this one is to end.
 */
export type Outcome = "done" | "failed" | "refused" | "expired" | "left";

/**
 * Does one request: reads the database it names, pushes what it shows, replies, and only then takes it from the queue.
 * A program that dies anywhere in between leaves it there to be done once more, which changes nothing that was done.
 */
export async function answerRequest(message: Message, deps: RefreshDeps): Promise<Outcome> {
  const { queues, log } = deps;
  const read = readRequest(message.Body);
  if (!read.request) {
    log.error("request refused", { code: read.code, message: message.MessageId });
    if (read.reply) await queues.reply(read.reply);
    await queues.remove(message);
    return "refused";
  }
  const { request } = read;
  const fields = { tenant: request.nn, key: request.ky, attempt: request.attempt };
  const leftMs = Date.parse(request.deadline_at) - Date.now();
  if (leftMs <= 0) {
    log.warn("request expired", fields);
    await queues.remove(message);
    return "expired";
  }
  const deadline = AbortSignal.timeout(Math.min(leftMs, RUN_MS));
  const procedure = { id: "refresh", arguments: fields };
  const startedAt = Date.now();
  const report = await runProcedure(log, procedure, async (bound) => {
    const hiding = keepHidden(queues, message, bound);
    const signal = AbortSignal.any([deps.signal, deadline]);
    return readFor(request, { ...deps, log: bound, signal }, startedAt).finally(() => hiding.abort());
  }).catch(asFailed);
  if (deps.signal.aborted && report.status === "failed") {
    await queues.hide(message, 0);
    return "left";
  }
  // The desk has counted it as unanswered: a reply would speak for the attempt after it.
  if (!deadline.aborted) await queues.reply(replyTo(request, report, startedAt));
  await queues.remove(message);
  return deadline.aborted ? "expired" : report.status === "succeeded" ? "done" : "failed";
}

/** A bug is logged by then. One request that meets it must not end the program for all clinics, again and again. */
function asFailed(error: unknown): ReadingReport {
  return { status: "failed", counts: {}, read: {}, error: { code: codeOf(error) } };
}

async function readFor(request: RefreshRequest, deps: RefreshDeps, startedAt: number): Promise<ReadingReport> {
  const { settings, log, signal } = deps;
  const clinic = settings.clinics.find(({ tenant }) => tenant === request.nn);
  if (!clinic) return notOurs("clinic_unknown", log);
  if (request.reply_to !== settings.repliesUrl) return notOurs("reply_to_unknown", log);
  const read = clinic.find({ credentialRef: request.credential_ref, database: request.db });
  if (!read) return notOurs("credential_unknown", log);
  const { keyId, keySecret } = clinic;
  const onRetry = (path: string, reason: string) => log.warn("edge asked again", { path, reason });
  const edge = connectEdge({ url: settings.edgeUrl, tenant: clinic.tenant, keyId, keySecret }, { signal, onRetry });
  const asked = {
    source: "sycle",
    timeZone: request.time_zone,
    ...(request.appointments_from && { appointmentsFrom: request.appointments_from }),
    ...(request.appointments_to && { appointmentsTo: request.appointments_to }),
    ...(request.purchases_from && { purchasesFrom: request.purchases_from }),
  };
  return readAndPush(edge, read, { runId: randomUUID(), asked, startedAt, log, signal });
}

function notOurs(code: string, log: Log): ReadingReport {
  log.error("request not ours", { code });
  return { status: "failed", counts: {}, read: {}, error: { code } };
}

function replyTo({ nn, ky, attempt }: RefreshRequest, report: ReadingReport, startedAt: number): RefreshReply {
  const whom = { v: 2, nn, ky, attempt } as const;
  if (report.status === "failed") return { ...whom, status: "failed", error: report.error?.code ?? "failed" };
  const { patient = 0, appointment = 0, product = 0, purchase = 0 } = report.read;
  const counts = { patients: patient, appointments: appointment, products: product, purchases: purchase };
  return { ...whom, status: "done", snapshot_at: new Date(startedAt).toISOString(), counts };
}

/** Three times in the time for which it is hidden, so that one call that is late or lost does not show it to others. */
function keepHidden(queues: Queues, message: Message, log: Log): AbortController {
  const stop = new AbortController();
  const beat = async () => {
    for (;;) {
      await pause((HIDDEN_SECONDS * 1000) / 3, undefined, { signal: stop.signal });
      await queues.hide(message, HIDDEN_SECONDS).catch((error: unknown) => log.warn("not hidden", errorFields(error)));
    }
  };
  beat().catch(() => {});
  return stop;
}
