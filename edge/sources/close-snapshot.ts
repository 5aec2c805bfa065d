import { and, count, desc, eq, gt, isNull, lt, ne, type SQL, sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { snapshots } from "../../db/schema/operations.ts";
import { appointments } from "../../db/schema/people.ts";
import { raiseAlarm } from "../alarms.ts";
import type { Context } from "../context.ts";
import type { SnapshotChunk } from "../contract/appointments.ts";
import { removeVisits } from "./remove-visits.ts";

export type Snapshot = typeof snapshots.$inferSelect;
export type Closing = { status: "applied" | "held"; removed: number; statements: SQL[] };

/** Fewer rows than this are too few to call anything unusual. */
const USUAL_AT_LEAST = 5;
const HISTORY_DAYS = 35;

/**
 * Closes a complete snapshot: visits of that day which the source no longer shows are removed, unless far fewer rows
 * came than usual; then nothing is removed, and staff are asked to look (release or drop). Rows that could not be read
 * may be the very visits that seem gone: no more are missing than that, and none is removed. Nor is one that another
 * reading has shown since this one began.
 */
export async function closeSnapshot(
  ctx: Context,
  chunk: SnapshotChunk,
  found: { counts: Record<string, number>; seen: string[]; rowCount: number; startedAt: number },
): Promise<Closing> {
  const [history, [live], unseen] = await readUsual(ctx, chunk, found.startedAt);
  const seen = new Set(found.seen);
  const missing = unseen.filter((row) => !seen.has(row.dedupeKey));
  const unread = sum(Object.values(chunk.end?.rowErrors ?? {})) + (found.counts.rejected ?? 0);
  const gone = missing.length > unread ? missing : [];
  const usual = usualRows(history, chunk.on, live?.n ?? 0);
  const isHeld = usual >= USUAL_AT_LEAST && found.rowCount < usual * ctx.tenant.settings.schedule.usualShare;
  const counts = { ...found.counts, removed: isHeld ? 0 : gone.length, usual, duplicates: chunk.end?.duplicates ?? 0 };
  const details = JSON.stringify({ ...counts, rowErrors: chunk.end?.rowErrors ?? {} });
  const ids = gone.map(({ id }) => id);
  const statements = isHeld ? [] : removeVisits(ctx, { ids, runId: chunk.runId });
  statements.push(sql`UPDATE ${snapshots} SET status = ${isHeld ? "held" : "applied"}, finished_at = ${ctx.now()},
      layout = ${chunk.end?.layout ?? null}, counts = ${details}
    WHERE source = ${chunk.source} AND run_id = ${chunk.runId} AND on_day = ${chunk.on} AND status = 'open'`);
  if (isHeld) {
    const detail = { on: chunk.on, rows: found.rowCount, usual };
    statements.push(raiseAlarm(ctx, "fewer_rows_than_usual", `${chunk.source} ${chunk.on}`, detail));
  } else if (found.rowCount === 0 && usual > 0 && isWorkday(ctx, chunk.on)) {
    // Too few rows on other days to hold it back, but a day at work without a single visit is worth a look.
    statements.push(raiseAlarm(ctx, "nothing_happened", `${chunk.source} ${chunk.on}`, { rows: 0, usual }));
  }
  return { status: isHeld ? "held" : "applied", removed: isHeld ? 0 : gone.length, statements };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function isWorkday({ tenant }: Context, onDay: string): boolean {
  return Temporal.PlainDate.from(onDay).dayOfWeek <= 5 && !tenant.settings.office.closedDays.includes(onDay);
}

type Past = { onDay: string; rowCount: number };
type Unseen = { id: string; dedupeKey: string };

/**
 * What earlier days held, how many visits of this day stand, and those of them that neither the chunks before nor
 * another reading have shown since this one began.
 */
async function readUsual(
  ctx: Context,
  chunk: SnapshotChunk,
  startedAt: number,
): Promise<[Past[], { n: number }[], Unseen[]]> {
  const since = Temporal.PlainDate.from(chunk.on).subtract({ days: HISTORY_DAYS }).toString();
  const ofTheDay = and(
    eq(appointments.source, chunk.source),
    eq(appointments.localOn, chunk.on),
    isNull(appointments.removedAt),
  );
  return ctx.db.batch([
    ctx.db
      .select({ onDay: snapshots.onDay, rowCount: snapshots.rowCount })
      .from(snapshots)
      .where(and(eq(snapshots.source, chunk.source), eq(snapshots.status, "applied"), gt(snapshots.onDay, since)))
      .orderBy(desc(snapshots.onDay), desc(snapshots.finishedAt))
      .limit(200),
    ctx.db.select({ n: count() }).from(appointments).where(ofTheDay),
    ctx.db
      .select({ id: appointments.id, dedupeKey: appointments.dedupeKey })
      .from(appointments)
      .where(and(ofTheDay, ne(appointments.lastRunId, chunk.runId), lt(appointments.lastSeenAt, startedAt))),
  ]);
}

/** What that day usually holds: the day's own last reading if that was more, else the median of its weekday. */
function usualRows(history: Past[], onDay: string, liveNow: number): number {
  const weekday = Temporal.PlainDate.from(onDay).dayOfWeek;
  const latestByDay = new Map<string, number>();
  for (const { onDay: day, rowCount } of history) if (!latestByDay.has(day)) latestByDay.set(day, rowCount);
  const others = [...latestByDay].filter(([day]) => day < onDay);
  const sameWeekday = others.filter(([day]) => Temporal.PlainDate.from(day).dayOfWeek === weekday);
  const sample = (sameWeekday.length >= 2 ? sameWeekday : others).map(([, rows]) => rows).sort((a, b) => a - b);
  const median = sample[Math.floor(sample.length / 2)] ?? 0;
  return Math.max(median, liveNow);
}
