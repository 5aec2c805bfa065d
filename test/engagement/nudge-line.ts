import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { expect } from "vitest";
import { addLine, type Line } from "../clinic-line.ts";
import { type Desk, operator } from "../harness.ts";
import { seenVisit } from "../visits.ts";

/** A clinic that may write at any hour and has a wording for reminders. */
export async function addRemindingLine(
  desk: Desk,
  number: string,
  more: { schedules?: object[]; office?: object; theme?: object } = {},
): Promise<Line> {
  const statuses: Record<string, "booked" | "pending" | "cancelled" | "fulfilled"> = {
    Scheduled: "booked",
    "Not Confirmed": "pending",
    Confirmed: "booked",
    Cancelled: "cancelled",
    Seen: "fulfilled",
  };
  const clinic = await addLine(desk, number, { settings: { schedule: { statuses }, ...(more as object) } });
  await clinic.db.run(sql`INSERT INTO message_templates (key, version, locale, channel, body, created_at)
    VALUES ('reminder', 1, 'en', 'sms', 'Sample Clinic: you have a visit with us soon.', 1)`);
  return clinic;
}

/** A reminder two hours before, as the operator saves it; not at work yet. */
export function reminder(changes: Record<string, unknown> = {}, step: Record<string, unknown> = {}) {
  return {
    code: "reminder",
    name: "Visit reminder",
    category: "transactional",
    audience: { kind: "appointment_reminder", excludeNames: ["In Trial Call Back"] },
    steps: [{ channel: "sms", anchor: "appointment_start", offsetHours: -2, template: "reminder", ...step }],
    ...changes,
  };
}

export async function saveNudge(desk: Desk, clinic: Pick<Line, "slug">, nudge: object): Promise<Response> {
  return operator(desk.edge, "/admin/v1/nudges/save", { tenant: clinic.slug, nudge });
}

export async function activate(desk: Desk, clinic: Line, nudge: { code: string }): Promise<void> {
  const saved = await saveNudge(desk, clinic, nudge);
  expect([saved.status, await saved.text()]).toEqual([201, expect.stringContaining("id")]);
  const answer = await operator(desk.edge, "/admin/v1/nudges/change", {
    tenant: clinic.slug,
    code: nudge.code,
    to: "active",
  });
  expect(await answer.json()).toEqual({ status: "active" });
}

/** One run over all nudges, with what it counted. */
export async function runNudges(desk: Desk, clinic: Line): Promise<Record<string, number>> {
  const answer = await operator(desk.edge, "/admin/v1/nudges/run", { tenant: clinic.slug });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, number>;
}

/** A visit so many minutes ahead, as the schedule of an office in this zone shows it, on its own day. */
export function visitIn(minutes: number, changes: Record<string, unknown> = {}, zone = "America/New_York") {
  const starts = Temporal.Now.zonedDateTimeISO(zone).add({ minutes });
  return seenVisit({
    startsAt: starts.toPlainDateTime().toString({ smallestUnit: "minute" }),
    status: "Confirmed",
    ...changes,
  });
}

/** Pushes visits, each on the day it is on. */
export async function pushVisits(clinic: Pick<Line, "push">, visits: ReturnType<typeof visitIn>[]): Promise<void> {
  for (const [on, rows] of Map.groupBy(visits, ({ startsAt }) => startsAt.slice(0, 10))) await clinic.push(on, rows);
}
