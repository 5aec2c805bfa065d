import { type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { appointments } from "../../db/schema/people.ts";
import { type Context, stamp } from "../context.ts";
import type { Visit } from "./plan-visits.ts";
import { isCancelled } from "./visit-standing.ts";

/**
 * Takes back what patients confirmed of visits that the source has since moved or taken off: its word wins, and should
 * the visit come back, nobody has confirmed that. A visit that is over keeps its confirmation.
 */
export function endConfirmations(ctx: Context, visits: Visit[]): SQL[] {
  return visits.filter(isOvertaken).flatMap(({ id, confirmedForAt }) => [
    sql`UPDATE ${appointments} SET confirmed_at = NULL, confirmed_for_at = NULL
      WHERE id = ${id} AND confirmed_for_at = ${confirmedForAt}`,
    auditIfChanged(stamp(ctx), {
      action: "visit.confirmation_ended",
      entityId: id,
      details: { startsAt: confirmedForAt },
    }),
  ]);
}

function isOvertaken(visit: Visit): boolean {
  const { confirmedForAt, startsAt, removedAt } = visit;
  return confirmedForAt !== null && (confirmedForAt !== startsAt || removedAt !== null || isCancelled(visit));
}
