import { type SQL, sql } from "drizzle-orm";
import { cell, inList, insertRows } from "../../db/bulk.ts";
import { newId } from "../../db/ids.ts";
import { touches } from "../../db/schema/engagement.ts";
import { audit } from "../../db/schema/operations.ts";
import { invites } from "../../db/schema/surveys.ts";
import { type Context, stamp } from "../context.ts";
import { budgetMonth } from "../prices.ts";
import type { Reason } from "../reasons.ts";
import type { Diff, Standing, Wanted } from "./diff-wanted.ts";
import { endTouches } from "./end-touches.ts";

/**
 * The statements that make the table what the diff says, each guarded by the state it was reckoned from, so that a
 * message handed over meanwhile, or a second planner, changes nothing. `why` gives the reason of a cancellation. The
 * invites of surveys must stand before these.
 */
export function applyDiff(ctx: Context, diff: Diff, why: (row: Standing) => Reason): SQL[] {
  return [
    ...insertTouches(ctx, diff.insert),
    ...update(ctx, diff.revive, "cancelled", "revived"),
    ...update(ctx, diff.retime, "planned", "retimed"),
    ...update(ctx, diff.replace, "planned", "replaced"),
    ...[...Map.groupBy(diff.cancel, why)].flatMap(([reason, rows]) =>
      endTouches(ctx, sql`id ${inList(rows.map(({ id }) => id))} AND status = 'planned'`, "cancelled", reason),
    ),
  ];
}

function insertTouches(ctx: Context, wanted: Wanted[]): SQL[] {
  if (wanted.length === 0) return [];
  const { at, actor, requestId } = stamp(ctx);
  const monthOf = monthsOf(ctx);
  const rows = wanted.map(({ key, skip, estimateMicros = null, standsInFor = null, ...each }) => ({
    ...each,
    estimateMicros,
    standsInFor,
    budgetMonth: monthOf(each),
    id: newId("touch", at),
    dedupeKey: key,
    status: skip === null ? "planned" : "skipped",
    reason: skip,
  }));
  return [
    insertRows(
      touches,
      rows,
      {
        inviteId: sql`(SELECT id FROM ${invites} WHERE appointment_id = ${cell("appointmentId")} AND survey_id = ${cell("surveyId")})`,
        createdAt: sql`${at}`,
        updatedAt: sql`${at}`,
      },
      sql`ON CONFLICT (dedupe_key) DO NOTHING`,
    ),
    sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, 'touch.' || status, id, json_object('kind', kind, 'reason', reason), ${requestId} FROM ${touches}
      WHERE id ${inList(rows.map(({ id }) => id))}`,
  ];
}

const QUARTER_MS = 15 * 60_000;

/** In whose month's budget a nudge's message counts, by when it is due; zones change at quarters of an hour at most. */
function monthsOf(ctx: Context): (wanted: Pick<Wanted, "nudgeId" | "dueAt">) => string | null {
  const known = new Map<number, string>();
  return ({ nudgeId, dueAt }) => {
    if (nudgeId === null) return null;
    const quarter = Math.floor(dueAt / QUARTER_MS);
    const month = known.get(quarter) ?? budgetMonth(ctx, dueAt);
    known.set(quarter, month);
    return month;
  };
}

type Change = { id: string; wanted: Wanted };

function update(ctx: Context, changes: Change[], from: "planned" | "cancelled", event: string): SQL[] {
  if (changes.length === 0) return [];
  const { at, actor, requestId } = stamp(ctx);
  const monthOf = monthsOf(ctx);
  const cells = changes.map(({ id, wanted }) => ({ id, ...wanted, budgetMonth: monthOf(wanted) }));
  const which = sql`id ${inList(cells.map(({ id }) => id))} AND status = ${from} AND (${from} = 'planned' OR attempt_count = 0)`;
  return [
    sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, ${`touch.${event}`}, id, '{}', ${requestId} FROM ${touches} WHERE ${which}`,
    sql`UPDATE ${touches} SET status = 'planned', reason = NULL, due_at = json_extract(new.value, '$.dueAt'),
        not_after_at = json_extract(new.value, '$.notAfterAt'), anchor_at = json_extract(new.value, '$.anchorAt'),
        channel = json_extract(new.value, '$.channel'), template_key = json_extract(new.value, '$.templateKey'),
        template_version = json_extract(new.value, '$.templateVersion'), updated_at = ${at},
        budget_month = json_extract(new.value, '$.budgetMonth')
      FROM json_each(${JSON.stringify(cells)}) AS new
      WHERE touches.id = json_extract(new.value, '$.id') AND touches.status = ${from}
        AND (${from} = 'planned' OR touches.attempt_count = 0)`,
  ];
}
