import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import type { Reason } from "../../reasons.ts";

export type Anchor = "appointment_start" | "appointment_end" | "purchase" | "entered_audience";

/** Somebody who may belong to an audience, and what makes them. Times are epoch ms. */
export type Candidate = {
  patientId: string;
  officeId: string;
  appointmentId: string | null;
  purchaseId: string | null;
  /** What this is about: a visit, a purchase. With the anchor's minute it names the touch. */
  subject: string;
  startsAt: number | null;
  endsAt: number | null;
  purchasedAt: number | null;
  status: string | null;
  /** The start that the patient confirmed; only where it is the visit's own does it count. */
  confirmedForAt: number | null;
  /** 1 while a wish for another time than the visit's own is open; see `wantsAnotherTime`. */
  wantsAnotherTime: number;
  name: string | null;
  provider: string | null;
  /** Where the person is, by address, and by their number's area code; see `Whereabouts`. */
  timeZone: string | null;
  state: string | null;
  phoneZones: string | null;
  kind: string;
  isDeceased: number;
  doNotContact: number;
  /** When the person, visit or purchase went from the source. */
  removedAt: number | null;
};

/**
 * Which candidates to read: those whose anchor lies in a window, a page at a time, or just these subjects. With
 * `explains`, also those of the window that the audience's own filters leave out, so that they can be told of.
 */
export type Scope =
  | { fromAt: number; toAt: number; after: Candidate | null; limit: number; explains: boolean }
  | { patientIds: string[]; appointmentIds: string[] };

export type Membership = { in: true } | { in: false; reason: Reason };

/** A named, typed, parameterised way to find people. No text of a query is ever stored or taken from anybody. */
export type Audience<Settings = unknown> = {
  kind: string;
  /** The name that the first systems gave it. */
  legacyCode?: string;
  /** For people: what it finds. */
  title: string;
  settings: z.ZodType<Settings>;
  anchors: readonly Anchor[];
  /** A SELECT of `Candidate` columns: a range of an index, whatever the history. `now` is epoch ms. */
  candidates(settings: Settings, scope: Scope, now: number): SQL;
  /** Whether this one belongs to it, and if not why. Pure. */
  decide(candidate: Candidate, settings: Settings, now: number): Membership;
};

/** So many days back from now, both ends included; the nearer end is at least `least` days away. */
export function daysAgo(least: 0 | 1) {
  const day = z.int().min(least).max(3650);
  return z.strictObject({ from: day, to: day }).refine(({ from, to }) => from <= to, "expected from before to");
}

/** The instant of the anchor, or null where the candidate has none. */
export function anchorOf(candidate: Candidate, anchor: Anchor): number | null {
  if (anchor === "appointment_start") return candidate.startsAt;
  // A source that does not say when a visit ends: its start is what is known.
  if (anchor === "appointment_end") return candidate.endsAt ?? candidate.startsAt;
  return candidate.purchasedAt;
}

/** What holds for every audience: nobody who is gone, has died, or must not be contacted. */
export function reachableAtAll(candidate: Candidate): Membership {
  if (candidate.isDeceased === 1) return { in: false, reason: "deceased" };
  if (candidate.doNotContact === 1) return { in: false, reason: "do_not_contact" };
  if (candidate.removedAt !== null) return { in: false, reason: "removed" };
  return { in: true };
}

/** One way to write a name: Unicode-composed, trimmed, single spaces, without case. */
export function normaliseName(name: string): string {
  return name.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();
}

/** Of `person`, in every audience's SELECT: where they are, as far as it is known. One step into an index for the number. */
export const WHEREABOUTS: SQL = sql.raw(`person.time_zone AS timeZone, person.state AS state,
      (SELECT time_zone FROM contact_points AS number WHERE number.patient_id = person.id AND number.system = 'sms'
        AND number.is_current = 1 ORDER BY number.updated_at DESC LIMIT 1) AS phoneZones`);
