import * as z from "zod";
import { AppointmentStatus } from "../../tenant-settings.ts";
import { isConfirmed } from "../visit-standing.ts";
import { type Audience, type Candidate, type Membership, normaliseName, reachableAtAll } from "./audience.ts";
import { visitCandidates } from "./visit-candidates.ts";

const Settings = z.strictObject({
  /** Not Confirmed and Confirmed, in FHIR's words. */
  statuses: z.array(AppointmentStatus).min(1).default(["pending", "booked"]),
  /** Whole names of visits that nobody is reminded of, such as a call back; case and spacing do not matter. */
  excludeNames: z.array(z.string().min(1).max(200)).max(100).default([]),
  offices: z.array(z.string()).max(1000).optional(),
  providers: z.array(z.string()).max(1000).optional(),
  /** Leave out whose visit the patient has confirmed, at the time at which it stands. */
  skipConfirmed: z.boolean().default(false),
});
type Settings = z.infer<typeof Settings>;

/** People with a visit ahead. */
export const appointmentReminder: Audience<Settings> = {
  kind: "appointment_reminder",
  legacyCode: "aprmh",
  title: "People with a visit ahead",
  settings: Settings,
  anchors: ["appointment_start"],
  candidates: (settings, scope, now) => visitCandidates(scope, settings, now),
  decide,
};

function decide(visit: Candidate, settings: Settings): Membership {
  const reachable = reachableAtAll(visit);
  if (!reachable.in) return reachable;
  const match = visitMatches(visit, settings);
  if (!match.in || !settings.skipConfirmed) return match;
  return isConfirmed(visit) ? { in: false, reason: "already_confirmed" } : match;
}

/**
 * Whether status, name, office and provider of the visit are among those that are meant. Nobody is told of a time that
 * they asked to have changed, before the desk has spoken with them.
 */
export function visitMatches(visit: Candidate, settings: Omit<Settings, "skipConfirmed">): Membership {
  if (!settings.statuses.some((status) => status === visit.status)) return { in: false, reason: "other_status" };
  const name = normaliseName(visit.name ?? "");
  if (settings.excludeNames.some((excluded) => normaliseName(excluded) === name)) {
    return { in: false, reason: "excluded_name" };
  }
  if (settings.offices && !settings.offices.includes(visit.officeId)) return { in: false, reason: "other_office" };
  const provider = normaliseName(visit.provider ?? "");
  if (settings.providers && !settings.providers.some((each) => normaliseName(each) === provider)) {
    return { in: false, reason: "other_provider" };
  }
  return visit.wantsAnotherTime === 1 ? { in: false, reason: "wants_another_time" } : { in: true };
}
