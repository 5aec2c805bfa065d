import * as z from "zod";
import { alarms, schedules, snapshots } from "../../../db/schema/operations.ts";
import { acknowledgeAlarm } from "../../operations/acknowledge-alarm.ts";
import { runNow } from "../../operations/run-now.ts";
import { decideSnapshot } from "../../sources/decide-snapshot.ts";
import { wake } from "../../wake.ts";
import { readForm } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { Chip } from "../parts/chip.tsx";
import { Columns } from "../parts/columns.tsx";
import { Done } from "../parts/done.tsx";
import { refuseMissing } from "../refuse-missing.ts";
import type { StaffRequest } from "../staff.ts";
import { ago, whenAt } from "../time.ts";
import { Alarms, Held } from "./attention.tsx";
import { type Run, readStanding, type Standing } from "./read-runs.ts";
import { countWords, latenessWords, procedureWords, runState, spanWords } from "./run-words.ts";
import { Schedules } from "./schedules.tsx";

/** `GET /runs`: whether the desk does its work: what ran, when, how late, with what result, and what needs a person. */
export async function showRuns(request: StaffRequest): Promise<Response> {
  const standing = await readStanding(request.ctx);
  // A held reading has its own card, and deciding about it settles its alarm.
  const held = new Set(standing.held.map(({ source, onDay }) => `${source} ${onDay}`));
  const alarms = standing.alarms.filter(({ code, subject }) => code !== "fewer_rows_than_usual" || !held.has(subject));
  return staffPage(request, {
    title: "Runs",
    lede: "What the desk did on its own, and what it needs a person for.",
    children: (
      <>
        <Done request={request} />
        <Alarms request={request} alarms={alarms} />
        <Held request={request} held={standing.held} />
        <Tiles request={request} standing={standing} />
        <h2>What runs when</h2>
        <Schedules request={request} planned={standing.planned} />
        <h2>Readings</h2>
        <Runs request={request} runs={standing.readings} empty="Nothing has been read yet." />
        <h2>The clock's own work</h2>
        <Runs request={request} runs={standing.work} empty="Nothing has run yet." />
      </>
    ),
  });
}

function Tiles({ request, standing }: { request: StaffRequest; standing: Standing }) {
  const { ctx } = request;
  const { timeZone } = ctx.tenant.settings.office;
  const { lastReadAt, openJob } = standing;
  const job =
    openJob && (openJob.status === "leased" ? "yes" : `waits since ${whenAt(openJob.since, ctx.now(), timeZone)}`);
  return (
    <dl class="tiles">
      <div>
        <dt>Visits last read</dt>
        <dd>{lastReadAt === null ? "never" : ago(lastReadAt, ctx.now())}</dd>
      </div>
      <div>
        <dt>Reading or delivery under way</dt>
        <dd>{job ?? "none"}</dd>
      </div>
    </dl>
  );
}

function Runs({ request, runs, empty }: { request: StaffRequest; runs: Run[]; empty: string }) {
  const { ctx } = request;
  const { timeZone } = ctx.tenant.settings.office;
  if (runs.length === 0) return <p class="empty">{empty}</p>;
  return (
    <table class="table stack queue">
      <Columns names={["When", "What", "Result", "Counts", { number: "Took" }]} />
      <tbody>
        {runs.map((run) => (
          <tr>
            <td>
              {whenAt(run.startedAt, ctx.now(), timeZone)}
              {latenessWords(run) ? <span class="sub">{latenessWords(run)}</span> : null}
            </td>
            <td class="strong">{procedureWords(run.procedureId)}</td>
            <td>
              <Chip {...runState(run)} />
            </td>
            <td>{countWords(run.counts)}</td>
            <td class="num" data-label="Took">
              {run.finishedAt === null ? "" : spanWords(run.finishedAt - run.startedAt)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** `POST /runs/held/:snapshot`: the few visits were right, or were not. Throws NOT_FOUND. */
export async function decideHeld({ c, ctx, base }: StaffRequest): Promise<Response> {
  const { decision } = await readForm(c, z.object({ decision: z.enum(["release", "drop"]) }));
  const id = c.req.param("snapshot") ?? "";
  const isDecided = await decideSnapshot(ctx, id, decision);
  if (!isDecided) await refuseMissing(ctx, snapshots, id);
  if (isDecided && decision === "release") await wake(ctx);
  return c.redirect(`${base}/runs?done=${isDecided ? `snapshot-${decision}` : "gone"}`, 303);
}

/** `POST /runs/schedules/:schedule`: not at its next time, but now. Throws NOT_FOUND. */
export async function startNow({ c, ctx, base }: StaffRequest): Promise<Response> {
  const id = c.req.param("schedule") ?? "";
  const isDone = await runNow(ctx, id);
  if (!isDone) await refuseMissing(ctx, schedules, id);
  return c.redirect(`${base}/runs?done=${isDone ? "run-now" : "gone"}`, 303);
}

/** `POST /runs/alarms/:alarm`: seen, and taken care of. Throws NOT_FOUND. */
export async function acknowledge({ c, ctx, base }: StaffRequest): Promise<Response> {
  const id = c.req.param("alarm") ?? "";
  const isDone = await acknowledgeAlarm(ctx, id);
  if (!isDone) await refuseMissing(ctx, alarms, id);
  return c.redirect(`${base}/runs?done=${isDone ? "acknowledged" : "gone"}`, 303);
}
