import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Context, contextFor } from "../../edge/context.ts";
import type { Channel } from "../../edge/delivery/channel.ts";
import { dispatchDue } from "../../edge/delivery/dispatch.ts";
import { findTenant } from "../../edge/directory.ts";
import { readEnv } from "../../edge/env.ts";
import { addLine } from "../clinic-line.ts";
import { activate, addRemindingLine, pushVisits, reminder, runNudges, visitIn } from "../engagement/nudge-line.ts";
import { type Desk, startDesk } from "../harness.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

test("with a carrier that takes 20 s a text, no call is begun that its lease would not outlive; the rest is due again", async () => {
  const clinic = await addLine(desk, "+12025550185", { settings: { ask: { delayMinutes: 600 } } });
  await clinic.pushVisits(Array.from({ length: 10 }, (_, index) => ({ phone: `+120255501${40 + index}` })));
  await clinic.until("planned");
  // Ten hours on, by this test's clock only: the Worker itself finds nothing due.
  let now = Date.now() + 10 * 3_600_000;
  let calls = 0;
  const slow: Channel = {
    provider: "twilio",
    medium: "sms",
    sender: "MG1",
    settles: "list",
    send: async () => {
      calls += 1;
      now += 20_000;
      return { outcome: "accepted", providerId: `SM${String(calls).padStart(32, "0")}`, httpStatus: 201 };
    },
    list: async () => [],
    find: async () => null,
  };
  const ctx = await contextOf(clinic.slug, () => now);
  const counts = await dispatchDue(ctx, [slow], now);
  expect(calls).toBeLessThan(10);
  expect(counts).toMatchObject({ claimed: 10, accepted: calls });
  const rows = await clinic.db.all<{
    status: string;
    outcome: string;
    of: number;
  }>(sql`SELECT touches.status, outcome, count(*) AS of
    FROM touches JOIN attempts ON touch_id = touches.id GROUP BY touches.status, outcome ORDER BY touches.status`);
  expect(rows).toEqual([
    { status: "accepted", outcome: "accepted", of: calls },
    { status: "planned", outcome: "not_sent", of: 10 - calls },
  ]);
});

test("a reminder that waits for its turn on the wire is held back when its patient asks for another time meanwhile", async () => {
  const clinic = await addRemindingLine(desk, "+12025550186");
  await activate(desk, clinic, reminder({}, { offsetHours: -1 }));
  const people = Array.from({ length: 9 }, (_, index) => `SAM SAMPLE${"ABCDEFGHI"[index]}`);
  await pushVisits(
    clinic,
    people.map((patientName, index) => visitIn(110, { patientName, phone: `+120255501${60 + index}` })),
  );
  await runNudges(desk, clinic);
  // An hour and five minutes on, by this test's clock only.
  const now = () => Date.now() + 65 * 60_000;
  let calls = 0;
  const carrier: Channel = {
    provider: "twilio",
    medium: "sms",
    sender: "MG2",
    settles: "list",
    send: async () => {
      calls += 1;
      await clinic.db.run(sql`INSERT OR IGNORE INTO visit_requests (id, appointment_id, starts_at, wish, words_key, at)
        SELECT 'vrq_' || id, id, starts_at, 'soon', 'x', ${now()} FROM appointments`);
      return { outcome: "accepted", providerId: `SM${String(calls).padStart(32, "1")}`, httpStatus: 201 };
    },
    list: async () => [],
    find: async () => null,
  };
  const ctx = await contextOf(clinic.slug, now);
  await dispatchDue(ctx, [carrier], now() + 60_000);
  // Six are on the wire at once; what waited is due again, and the gate ends it.
  expect(calls).toBeLessThanOrEqual(6);
  expect(await dispatchDue(ctx, [carrier], now() + 60_000)).toMatchObject({ accepted: 0, ended: 9 - calls });
  const rows = await clinic.db.all(sql`SELECT status, reason, count(*) AS of FROM touches GROUP BY 1, 2 ORDER BY 1`);
  expect(rows).toEqual([
    { status: "accepted", reason: null, of: calls },
    { status: "cancelled", reason: "wants_another_time", of: 9 - calls },
  ]);
});

/** The Worker's own context in this process, with a clock of ours and a sender that is never throttled. */
async function contextOf(slug: string, clock: () => number): Promise<Context> {
  const bucket = { fetch: async () => Response.json({ granted: 60, waitMs: 0 }) };
  const env = readEnv({ ...desk.edge.settings, RATE_BUCKET: { idFromName: () => slug, get: () => bucket } });
  const opened = await findTenant(env, { slug });
  if (!opened) throw new Error("no such clinic");
  return contextFor(env, opened, { type: "system", job: "test" }, clock);
}
