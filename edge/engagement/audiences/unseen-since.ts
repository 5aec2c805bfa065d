import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { inList } from "../../../db/bulk.ts";
import { appointments, patients } from "../../../db/schema/people.ts";
import { type Audience, daysAgo, reachableAtAll, type Scope, WHEREABOUTS } from "./audience.ts";

const Settings = z.strictObject({
  /** The last visit lies this many days back, both ends included. */
  daysAgo: daysAgo(1),
  kinds: z
    .array(z.enum(["patient", "prospect"]))
    .min(1)
    .default(["prospect"]),
});
type Settings = z.infer<typeof Settings>;

const DAY_MS = 86_400_000;

/** People who have not been here for a while and have no visit ahead; by default those who never bought anything. */
export const unseenSince: Audience<Settings> = {
  kind: "unseen_since",
  title: "People not seen for a while",
  settings: Settings,
  anchors: ["appointment_start", "entered_audience"],
  candidates,
  decide: (candidate, settings) => {
    const reachable = reachableAtAll(candidate);
    if (!reachable.in) return reachable;
    const isMeant = settings.kinds.some((kind) => kind === candidate.kind);
    return isMeant ? { in: true } : { in: false, reason: "not_in_audience" };
  },
};

/** Visits of the days in question, by their index; only a person's last one counts. */
function candidates(settings: Settings, scope: Scope, now: number): SQL {
  const fromAt = now - settings.daysAgo.to * DAY_MS;
  const toAt = now - settings.daysAgo.from * DAY_MS;
  return sql`SELECT person.id AS patientId, last.office_id AS officeId, last.id AS appointmentId, NULL AS purchaseId,
      last.id AS subject, last.starts_at AS startsAt, last.ends_at AS endsAt, NULL AS purchasedAt, last.status AS status,
      last.service_type AS name, last.provider AS provider, ${WHEREABOUTS}, person.kind AS kind,
      person.is_deceased AS isDeceased, NULL AS confirmedForAt, 0 AS wantsAnotherTime, person.do_not_contact AS doNotContact, person.removed_at AS removedAt
    FROM ${appointments} AS last JOIN ${patients} AS person ON person.id = last.patient_id
    WHERE last.removed_at IS NULL AND last.starts_at >= ${fromAt} AND last.starts_at <= ${toAt}
      AND last.status IN ('fulfilled', 'arrived', 'noshow', 'booked', 'pending')
      AND NOT EXISTS (SELECT 1 FROM ${appointments} AS later WHERE later.patient_id = last.patient_id
        AND (later.starts_at, later.id) > (last.starts_at, last.id) AND later.removed_at IS NULL AND later.status <> 'cancelled')
      AND ${which(scope)}`;
}

function which(scope: Scope): SQL {
  if ("patientIds" in scope) return sql`last.patient_id ${inList(scope.patientIds)}`;
  const { after, limit } = scope;
  const rest = after ? sql`(last.starts_at, last.id) > (${after.startsAt}, ${after.appointmentId})` : sql`true`;
  return sql`${rest} ORDER BY last.starts_at, last.id LIMIT ${limit}`;
}
