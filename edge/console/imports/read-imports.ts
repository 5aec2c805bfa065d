import { desc, eq, sql } from "drizzle-orm";
import { imports, stagedRows } from "../../../db/schema/imports.ts";
import { appointments, contactPoints, offices, patients } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import { offsetAt } from "../../sources/imports/office-clock.ts";
import { sampleRemovals } from "../../sources/imports/weigh-removals.ts";

export type ImportsStanding = Awaited<ReturnType<typeof readImports>>;

const MOST_IMPORTS = 40;
const MOST_HELD = 10;
const MOST_SAMPLES = 8;
const MOST_ODD = 50;
const MOST_BAD = 25;
/** Half a year on, a zone with summer time shows its other offset. */
const HALF_YEAR_MS = 182 * 86_400_000;

/** All that the page of imports shows; nobody's name is opened here. */
export async function readImports(ctx: Context) {
  const recent = sql`(SELECT id FROM ${imports} ORDER BY started_at DESC LIMIT ${MOST_IMPORTS})`;
  const [rows, held, rejected, odd, bad, places] = await ctx.db.batch([
    ctx.db.select().from(imports).orderBy(desc(imports.startedAt)).limit(MOST_IMPORTS),
    ctx.db
      .select()
      .from(imports)
      .where(sql`status IN ('staged', 'held') AND status = 'held'`)
      .orderBy(desc(imports.snapshotAt))
      .limit(MOST_HELD),
    ctx.db.all<{
      importId: string;
      entity: string;
      reason: string;
      count: number;
    }>(sql`SELECT import_id AS "importId", entity,
        reject_reason AS reason, count(*) AS count FROM ${stagedRows}
      WHERE import_id IN ${recent} AND reject_reason IS NOT NULL GROUP BY 1, 2, 3 ORDER BY count(*) DESC LIMIT 200`),
    ctx.db
      .select({
        patientId: appointments.patientId,
        localStartsAt: appointments.localStartsAt,
        startsAt: appointments.startsAt,
        timeFlag: appointments.timeFlag,
        status: appointments.status,
        word: appointments.sourceStatus,
        office: offices.name,
        timeZone: offices.timeZone,
      })
      .from(appointments)
      .innerJoin(offices, eq(offices.id, appointments.officeId))
      // Spelled as the index has it, or SQLite does not take it.
      .where(
        sql`(time_flag <> 'ok' or ${appointments.status} = 'unknown') AND starts_at > ${ctx.now()} AND removed_at IS NULL`,
      )
      .orderBy(appointments.startsAt)
      .limit(MOST_ODD),
    ctx.db
      .select({
        patientId: patients.id,
        sealed: patients.sealed,
        system: contactPoints.system,
        state: contactPoints.state,
      })
      .from(contactPoints)
      .innerJoin(patients, eq(patients.id, contactPoints.patientId))
      .where(sql`${contactPoints.state} <> 'ok' and is_current = 1`)
      .orderBy(desc(contactPoints.updatedAt))
      .limit(MOST_BAD),
    ctx.db.select().from(offices).where(eq(offices.status, "active")),
  ]);
  const samples = await Promise.all(held.map((row) => sampleRemovals(ctx, row, MOST_SAMPLES)));
  return {
    imports: rows,
    held: held.map((row, index) => ({ row, sample: samples[index] ?? [] })),
    rejected,
    odd,
    bad,
    clocks: places.flatMap((office) => clockNote(office, ctx.now()) ?? []),
  };
}

/** Where the source's stored offset is not, or not all year, what the office's zone says. */
function clockNote(office: typeof offices.$inferSelect, now: number) {
  const said = office.sourceUtcOffsetMinutes;
  if (said === null) return null;
  const [today, later] = [now, now + HALF_YEAR_MS].map((at) => offsetAt(at, office.timeZone) / 60_000);
  if (today === undefined || later === undefined || (said === today && said === later)) return null;
  return { name: office.name, timeZone: office.timeZone, said, today, later };
}
