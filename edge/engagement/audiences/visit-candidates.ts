import { type SQL, sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { appointments, patients } from "../../../db/schema/people.ts";
import { wantsAnotherTime } from "../another-time.ts";
import { type Scope, WHEREABOUTS } from "./audience.ts";

/** What can be left out before anything is read, by columns as they stand. */
export type Filters = { statuses: string[]; offices?: string[] | undefined };

/** Visits with their person, by the start of the visit: a range of an index, or the named ones. `now` is epoch ms. */
export function visitCandidates(scope: Scope, filters: Filters, now: number): SQL {
  return sql`SELECT visit.patient_id AS patientId, visit.office_id AS officeId, visit.id AS appointmentId,
      NULL AS purchaseId, visit.id AS subject, visit.starts_at AS startsAt, visit.ends_at AS endsAt, NULL AS purchasedAt,
      visit.status AS status, visit.confirmed_for_at AS confirmedForAt,
      ${wantsAnotherTime(sql`visit`, now)} AS wantsAnotherTime, visit.service_type AS name, visit.provider AS provider, ${WHEREABOUTS},
      person.kind AS kind, person.is_deceased AS isDeceased, person.do_not_contact AS doNotContact,
      coalesce(visit.removed_at, person.removed_at) AS removedAt
    FROM ${appointments} AS visit JOIN ${patients} AS person ON person.id = visit.patient_id
    WHERE ${which(scope, filters)}`;
}

function which(scope: Scope, { statuses, offices }: Filters): SQL {
  if ("patientIds" in scope) return sql`visit.id ${inList(scope.appointmentIds)}`;
  const { fromAt, toAt, after, limit, explains } = scope;
  const office = offices && !explains ? sql`AND visit.office_id ${inList(offices)}` : sql``;
  const status = explains ? sql`` : sql`AND visit.status ${inList(statuses)}`;
  const start = after?.startsAt ?? fromAt;
  // Spelled out: SQLite takes the index of what is not removed only where it sees this.
  return sql`visit.removed_at IS NULL AND visit.starts_at >= ${start} AND visit.starts_at < ${toAt}
    ${status} ${office} AND (visit.starts_at, visit.id) > (${start}, ${after?.appointmentId ?? ""})
    ORDER BY visit.starts_at, visit.id LIMIT ${limit}`;
}
