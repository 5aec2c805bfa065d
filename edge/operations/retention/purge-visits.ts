import { type SQL, sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { touches } from "../../../db/schema/engagement.ts";
import { externalRefs, purchases } from "../../../db/schema/imports.ts";
import { calls } from "../../../db/schema/nudges.ts";
import { appointments, changeLog } from "../../../db/schema/people.ts";
import { inviteLinks, invites } from "../../../db/schema/surveys.ts";
import { visitRequests } from "../../../db/schema/visits.ts";
import type { Context } from "../../context.ts";
import { dropPeople, dropTouches, peopleWithNothing } from "./drop-people.ts";
import { OPEN_TOUCH } from "./open-touch.ts";
import { dayOf, type PurgeBatch, type PurgeStep, purgedBefore } from "./purge.ts";

const BATCH = 200;
/** Local days reach over half a day into the next one: no visit is purged that its source could still bring back. */
const DAY_MS = 86_400_000;

/**
 * Visits and purchases with what was said about them, and the people of whom nothing is left then. A message goes with
 * what it is about, never before: while that is there its row keeps it from being said again; and what is older than is
 * kept is not taken from a source any more.
 */
export const purgeVisits: PurgeStep[] = [
  {
    kind: "visits",
    counts: "visits",
    batch: async (ctx, before) => {
      const old = await ctx.db.all<Old>(sql`SELECT id, patient_id AS patientId FROM ${appointments}
        WHERE local_on < ${dayOf(before - DAY_MS)} AND ${isSettled(ctx)} ORDER BY local_on, starts_at LIMIT ${BATCH}`);
      // Asked once more in the batch itself: something may have been planned meanwhile.
      const which = sql`SELECT id FROM ${appointments} WHERE id ${inList(idsOf(old))} AND ${isSettled(ctx)}`;
      const invited = sql`SELECT id FROM ${invites} WHERE appointment_id IN (${which})`;
      const asked = [
        sql`DELETE FROM ${inviteLinks} WHERE invite_id IN (${invited})`,
        sql`DELETE FROM ${invites} WHERE appointment_id IN (${which})`,
        sql`DELETE FROM ${calls} WHERE appointment_id IN (${which})`,
        sql`DELETE FROM ${visitRequests} WHERE appointment_id IN (${which})`,
      ];
      // One about a purchase made at the visit is kept as long as the purchase.
      const said = sql`SELECT id FROM ${touches} WHERE appointment_id IN (${which}) AND purchase_id IS NULL`;
      return old.length === 0 ? null : drop(ctx, appointments, which, old, [...dropTouches(said), ...asked]);
    },
  },
  {
    kind: "visits",
    counts: "purchases",
    batch: async (ctx, before) => {
      const old = await ctx.db.all<Old>(sql`SELECT id, patient_id AS patientId FROM ${purchases}
        WHERE purchased_at < ${before} AND ${isSaid} ORDER BY purchased_at LIMIT ${BATCH}`);
      const which = sql`SELECT id FROM ${purchases} WHERE id ${inList(idsOf(old))} AND ${isSaid}`;
      const said = sql`SELECT about.id FROM ${touches} AS about
        WHERE about.patient_id ${inList(peopleOf(old))} AND about.purchase_id IN (${which})`;
      return old.length === 0 ? null : drop(ctx, purchases, which, old, dropTouches(said));
    },
  },
];

type Old = { id: string; patientId: string };

/** Nothing about the visit may still leave, and nobody can answer an invite to it any more. */
function isSettled(ctx: Context): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM ${touches} AS live WHERE live.appointment_id = appointments.id AND live.status IN ${OPEN_TOUCH})
    AND NOT EXISTS (SELECT 1 FROM ${invites} AS asked WHERE asked.appointment_id = appointments.id
      AND asked.answered = 0 AND asked.expires_at > ${ctx.now()})`;
}

const isSaid = sql`NOT EXISTS (SELECT 1 FROM ${touches} AS live WHERE live.patient_id = purchases.patient_id
  AND live.purchase_id = purchases.id AND live.status IN ${OPEN_TOUCH})`;

/** Drops the rows, before them what hangs on them, and after them the people who have nothing else. */
function drop(
  ctx: Context,
  table: typeof appointments | typeof purchases,
  which: SQL,
  old: Old[],
  said: SQL[],
): PurgeBatch {
  const isListed = sql`EXISTS (SELECT 1 FROM ${externalRefs} AS shown WHERE shown.entity_id = person.id)`;
  const gone = sql`person.id ${inList(peopleOf(old))}
    AND (NOT ${isListed} OR person.removed_at < ${purgedBefore(ctx, "people")})`;
  const { theirs, people } = dropPeople(peopleWithNothing(gone, BATCH));
  return {
    first: [
      ...said,
      sql`DELETE FROM ${changeLog} WHERE entity_id IN (${which})`,
      sql`DELETE FROM ${externalRefs} WHERE entity_id IN (${which})`,
    ],
    purges: sql`DELETE FROM ${table} WHERE id IN (${which})`,
    last: [...theirs, people],
  };
}

function idsOf(old: Old[]): string[] {
  return old.map(({ id }) => id);
}

function peopleOf(old: Old[]): string[] {
  return [...new Set(old.map(({ patientId }) => patientId))];
}
