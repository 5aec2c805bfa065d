import { type SQL, sql } from "drizzle-orm";
import { insertRows } from "./bulk.ts";
import { audit } from "./schema/operations.ts";

/** What happened to one row. `details` holds codes and counts, never anything that says who. */
export type AuditEvent = { action: string; entityId: string; details?: Record<string, unknown> };

export type AuditStamp = { at: number; actor: string; requestId: string };

/** The statement that records the events; it belongs into the same batch as the changes it tells of. */
export function auditEvents({ at, actor, requestId }: AuditStamp, events: AuditEvent[]): SQL {
  const rows = events.map(({ action, entityId, details }) => ({
    action,
    entityId,
    details: JSON.stringify(details ?? {}),
  }));
  return insertRows(audit, rows, { at: sql`${at}`, actor: sql`${actor}`, requestId: sql`${requestId}` });
}

/** The same for one event, recorded only if the statement just before it in the batch changed a row. */
export function auditIfChanged(
  { at, actor, requestId }: AuditStamp,
  event: Omit<AuditEvent, "entityId"> & { entityId: string | SQL },
): SQL {
  return sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
    SELECT ${at}, ${actor}, ${event.action}, ${event.entityId}, ${JSON.stringify(event.details ?? {})}, ${requestId}
    WHERE changes() > 0`;
}
