import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { inList } from "../../../db/bulk.ts";
import { purchases } from "../../../db/schema/imports.ts";
import { appointments, patients } from "../../../db/schema/people.ts";
import { AppointmentStatus } from "../../tenant-settings.ts";
import { type Audience, daysAgo, reachableAtAll, type Scope, WHEREABOUTS } from "./audience.ts";

const Range = z
  .strictObject({ from: z.int().optional(), to: z.int().optional() })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, "expected from before to");

const Settings = z.strictObject({
  /** The last purchase lies this many days back, both ends included. */
  lastDaysAgo: daysAgo(0),
  /** How a purchase belongs to a visit: as the source says, on its day, or within so many days after it. */
  link: z.union([z.literal("source"), z.literal("same_day"), z.strictObject({ days: z.int().min(0).max(365) })]),
  statuses: z.array(AppointmentStatus).min(1).default(["fulfilled"]),
  categories: z.array(z.string()).max(100).optional(),
  count: Range.optional(),
  totalMicros: Range.optional(),
  /** Leave out who has a visit ahead, or bought anything within so many days. */
  absent: z
    .strictObject({ futureAppointment: z.boolean().default(false), purchaseSinceDays: z.int().min(1).optional() })
    .default({ futureAppointment: false }),
});
type Settings = z.infer<typeof Settings>;

const DAY_MS = 86_400_000;

/** People by what they bought at their visits, added up: one row a person, about their last purchase. */
export const purchaseAggregate: Audience<Settings> = {
  kind: "purchase_aggregate",
  legacyCode: "aschh",
  title: "People by what they bought",
  settings: Settings,
  anchors: ["purchase", "entered_audience"],
  candidates,
  decide: reachableAtAll,
};

/** Reads the purchases of the days in question by their index, then each buyer's own few. */
function candidates(settings: Settings, scope: Scope, now: number): SQL {
  const fromAt = now - settings.lastDaysAgo.to * DAY_MS;
  const toAt = now - settings.lastDaysAgo.from * DAY_MS;
  const totals = sql`SELECT last.patient_id, last.id, last.office_id, last.purchased_at, last.appointment_id FROM ${purchases} AS last
    WHERE ${counts(settings, sql`last`)} AND ${whose(scope)}
      AND last.purchased_at >= ${fromAt} AND last.purchased_at <= ${toAt}
      AND NOT EXISTS (SELECT 1 FROM ${purchases} AS newer WHERE newer.patient_id = last.patient_id
        AND (newer.purchased_at, newer.id) > (last.purchased_at, last.id) AND ${counts(settings, sql`newer`)})
      AND ${aggregate(settings)}
      AND ${isAbsent(settings, now)}`;
  return sql`SELECT person.id AS patientId, total.office_id AS officeId, total.appointment_id AS appointmentId,
      total.id AS purchaseId, total.id AS subject, NULL AS startsAt, NULL AS endsAt, total.purchased_at AS purchasedAt,
      NULL AS status, NULL AS name, NULL AS provider, ${WHEREABOUTS}, person.kind AS kind,
      person.is_deceased AS isDeceased, NULL AS confirmedForAt, 0 AS wantsAnotherTime, person.do_not_contact AS doNotContact, person.removed_at AS removedAt
    FROM (${totals}) AS total JOIN ${patients} AS person ON person.id = total.patient_id ${page(scope)}`;
}

/** Which purchases count at all: sold, of these categories, and made at a visit. */
function counts(settings: Settings, purchase: SQL): SQL {
  const category = settings.categories ? sql`AND ${purchase}.category ${inList(settings.categories)}` : sql``;
  return sql`${purchase}.status = 'sold' AND ${purchase}.removed_at IS NULL ${category} AND ${hasVisit(settings, purchase)}`;
}

function hasVisit({ link, statuses }: Settings, purchase: SQL): SQL {
  const visits = sql`SELECT 1 FROM ${appointments} AS visit WHERE visit.removed_at IS NULL AND visit.status ${inList(statuses)}`;
  if (link === "source") return sql`EXISTS (${visits} AND visit.id = ${purchase}.appointment_id)`;
  // The same day by the visit's own clock: less than a day after its midnight is a day of 23 to 25 hours.
  const days = link === "same_day" ? 0 : link.days;
  return sql`EXISTS (${visits} AND visit.patient_id = ${purchase}.patient_id
    AND visit.starts_at > ${purchase}.purchased_at - ${(days + 1) * DAY_MS}
    AND visit.starts_at < ${purchase}.purchased_at + ${DAY_MS}
    AND julianday(date(visit.local_starts_at)) BETWEEN
      julianday(date((${purchase}.purchased_at - visit.starts_at) / 1000.0 + unixepoch(visit.local_starts_at), 'unixepoch')) - ${days}
      AND julianday(date((${purchase}.purchased_at - visit.starts_at) / 1000.0 + unixepoch(visit.local_starts_at), 'unixepoch')))`;
}

function aggregate(settings: Settings): SQL {
  const limits: SQL[] = [];
  const add = (value: SQL, range: z.infer<typeof Range> | undefined) => {
    if (range?.from !== undefined) limits.push(sql`${value} >= ${range.from}`);
    if (range?.to !== undefined) limits.push(sql`${value} <= ${range.to}`);
  };
  add(sql`count(*)`, settings.count);
  add(sql`sum(item.amount_micros)`, settings.totalMicros);
  if (limits.length === 0) return sql`true`;
  return sql`EXISTS (SELECT 1 FROM ${purchases} AS item WHERE item.patient_id = last.patient_id
    AND ${counts(settings, sql`item`)} GROUP BY item.patient_id HAVING ${sql.join(limits, sql` AND `)})`;
}

function isAbsent({ absent }: Settings, now: number): SQL {
  const ahead = absent.futureAppointment
    ? sql`NOT EXISTS (SELECT 1 FROM ${appointments} AS ahead WHERE ahead.patient_id = last.patient_id
        AND ahead.starts_at > ${now} AND ahead.removed_at IS NULL AND ahead.status IN ('pending', 'booked'))`
    : sql`true`;
  const bought = absent.purchaseSinceDays
    ? sql`NOT EXISTS (SELECT 1 FROM ${purchases} AS recent WHERE recent.patient_id = last.patient_id
        AND recent.purchased_at > ${now - absent.purchaseSinceDays * DAY_MS} AND recent.status = 'sold' AND recent.removed_at IS NULL)`
    : sql`true`;
  return sql`${ahead} AND ${bought}`;
}

function whose(scope: Scope): SQL {
  if ("patientIds" in scope) return sql`last.patient_id ${inList(scope.patientIds)}`;
  return scope.after
    ? sql`(last.purchased_at, last.id) > (${scope.after.purchasedAt}, ${scope.after.purchaseId})`
    : sql`true`;
}

function page(scope: Scope): SQL {
  return "patientIds" in scope ? sql`` : sql`ORDER BY total.purchased_at, total.id LIMIT ${scope.limit}`;
}
