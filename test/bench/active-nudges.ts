import { sql } from "drizzle-orm";
import { type Clinic, operator } from "../harness.ts";
import type { Edge } from "../sandbox/edge.ts";
import { writeVisits } from "./past-visits.ts";

/** As many people with a visit in two hours and more, and nudges that remind them, each nudge those of one office. */
export async function activeNudges(
  edge: Edge,
  { slug, db }: Clinic,
  { people, nudges }: { people: number; nudges: number },
): Promise<void> {
  for (let index = 0; index < nudges; index += 1) {
    await db.run(sql`INSERT INTO offices (id, name, time_zone, window_opens, window_closes)
      VALUES (${`off_${index}`}, 'Office', 'America/New_York', '00:00', '23:59')`);
  }
  await writeVisits(db, people, {
    startsAt: sql`${Date.now() + 2 * 3_600_000} + (n % 3000) * 1000`,
    officeId: sql.raw(`'off_' || (n % ${nudges})`),
    status: sql`'booked'`,
  });
  await db.run(sql`INSERT INTO message_templates (key, version, locale, channel, body, created_at)
    VALUES ('reminder', 1, 'en', 'sms', 'You have a visit soon.', 1)`);
  for (let index = 0; index < nudges; index += 1) {
    const nudge = {
      code: `nudge-${index}`,
      name: `Nudge ${index}`,
      category: "transactional",
      audience: { kind: "appointment_reminder", offices: [`off_${index}`] },
      steps: [{ channel: "sms", anchor: "appointment_start", offsetHours: -2, template: "reminder" }],
      maxAudience: Math.ceil(people / nudges),
    };
    const saved = await operator(edge, "/admin/v1/nudges/save", { tenant: slug, nudge });
    if (saved.status !== 201) throw new Error(`not saved: ${await saved.text()}`);
  }
  await db.run(sql`UPDATE nudges SET status = 'active'`);
}
