import { type SQL, sql } from "drizzle-orm";
import { appointments } from "../../db/schema/people.ts";
import type { Context } from "../context.ts";
import { wantsAnotherTime } from "../engagement/another-time.ts";
import { LAST_START_MS, windowClosesAt } from "../send-hours.ts";
import type { Ready } from "./commit-attempts.ts";
import { isPaused } from "./pause.ts";
import { isUnwilling } from "./wills.ts";

/** Whether a message may still leave, asked just before its call. */
export type LastLook = (ready: Ready) => Promise<boolean>;

/**
 * The last look before the call. A batch is committed while the one before it is on the wire, which can take a minute:
 * a STOP, a pause or a wish for another time from that minute still counts, and so does the end of the hours. Those
 * that ask in the same moment are looked at together, in one request; no answer is older than its question.
 */
export function lastLook(ctx: Context): LastLook {
  let asking: Ready[] = [];
  let answer: Promise<Set<string>> | undefined;
  const look = async () => {
    await new Promise((resolve) => setTimeout(resolve));
    const asked = asking;
    asking = [];
    answer = undefined;
    const free = await ctx.db.all<{ id: string }>(heldByNothing(ctx, asked));
    return new Set(free.map(({ id }) => id));
  };
  return async (ready) => {
    if (windowClosesAt(ready.prepared.facts.office, ctx.now()) - ctx.now() < LAST_START_MS) return false;
    asking.push(ready);
    answer ??= look();
    return (await answer).has(ready.prepared.touch.id);
  };
}

/** The ids of those that no pause, no STOP and no wish holds back. */
function heldByNothing(ctx: Context, ready: Ready[]): SQL {
  const asked = ready.map(({ prepared: { touch, contact, facts } }) => ({
    id: touch.id,
    kind: touch.kind,
    channel: touch.channel,
    category: facts.category,
    addressKey: contact?.addressKey ?? "",
    appointmentId: touch.appointmentId,
  }));
  const given = (name: string) => sql.raw(`json_extract(row.value, '$.${name}')`);
  const unwilling = isUnwilling({
    kind: given("kind"),
    channel: given("channel"),
    category: given("category"),
    addressKey: given("addressKey"),
  });
  const wish = sql`${given("kind")} = 'nudge' AND EXISTS (SELECT 1 FROM ${appointments} AS visit
    WHERE visit.id = ${given("appointmentId")} AND ${wantsAnotherTime(sql`visit`, ctx.now())})`;
  return sql`SELECT ${given("id")} AS id FROM json_each(${JSON.stringify(asked)}) AS row
    WHERE NOT ${isPaused(given("kind"))} AND NOT ${unwilling} AND NOT (${wish})`;
}
