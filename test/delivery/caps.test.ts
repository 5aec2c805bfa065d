import { sql } from "drizzle-orm";
import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CATEGORIES, type Category } from "../../db/schema/nudges.ts";
import { capProblem, limitsFor, type Sent } from "../../edge/caps.ts";
import type { Context } from "../../edge/context.ts";
import { commitAttempts } from "../../edge/delivery/commit-attempts.ts";
import { TenantSettings } from "../../edge/tenant-settings.ts";
import { commonGroundTenant } from "../../templates/tenants/common-ground.ts";
import { addLine, alarmsOf, type Line } from "../clinic-line.ts";
import { activate, addRemindingLine, pushVisits, reminder, runNudges, visitIn } from "../engagement/nudge-line.ts";
import { type Desk, eventually, operator, startDesk } from "../harness.ts";
import { todayIn, zoneAtNoon } from "../visits.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

/** Where it is about noon: what a day allows is asked for within one day. */
const ZONE = zoneAtNoon();
const today = () => Temporal.PlainDate.from(todayIn(ZONE));
const care = (code: string, more = {}, step = {}) =>
  reminder({ code, category: "care", ...more }, { offsetHours: -1, latePolicy: "send", ...step });

test("a number gets one care text a day: the second, claimed in the same batch, waits for the next day while it is worth saying then, and is not sent otherwise", async () => {
  for (const [number, step, fate] of [
    ["+12025550110", { offsetHours: -1 }, { status: "skipped", due: expect.any(Number) }],
    ["+12025550112", { offsetHours: -60, expiresAfterMinutes: 2880 }, { status: "planned", due: startOfTomorrow() }],
  ] as const) {
    const clinic = await addRemindingLine(desk, number, { office: { timeZone: ZONE } });
    for (const code of ["one", "two"]) await activate(desk, clinic, care(code, {}, step));
    await pushVisits(clinic, [visitIn(-60 * step.offsetHours - 5, { phone: "+12025550111" }, ZONE)]);
    await runNudges(desk, clinic);
    await clinic.strike();
    await desk.twilio.settled();
    expect(clinic.said("+12025550111")).toHaveLength(1);
    const rows = await clinic.db.all(sql`SELECT status, reason, due_at AS due FROM touches WHERE reason IS NOT NULL`);
    expect(rows).toEqual([{ reason: "cap_reached", ...fate }]);
  }
});

test("where two care texts to one person cannot both go today, the nudge of the higher priority goes, though it is due later", async () => {
  const clinic = await addRemindingLine(desk, "+12025550113", { office: { timeZone: ZONE } });
  await activate(desk, clinic, care("low", { priority: 1 }));
  await activate(desk, clinic, care("high", { priority: 5 }));
  // Nothing goes before both are in their places.
  await clinic.db.run(sql`INSERT INTO pauses (id, kind, reason, by, created_at) VALUES ('pse_1', NULL, 'r', 'b', 1)`);
  await pushVisits(clinic, [visitIn(50, { phone: "+12025550114" }, ZONE)]);
  await runNudges(desk, clinic);
  const of = (code: string) => sql`nudge_id = (SELECT id FROM nudges WHERE code = ${code})`;
  const soon = Math.min(Date.now() + 10 * 60_000, startOfTomorrow() - 1);
  await clinic.db.run(sql`UPDATE touches SET due_at = ${soon} WHERE ${of("high")}`);
  await clinic.db.run(sql`DELETE FROM pauses`);
  await clinic.strike();
  expect(clinic.said("+12025550114")).toEqual([]);
  expect(await clinic.db.all(sql`SELECT status, reason, due_at AS due FROM touches WHERE ${of("low")}`)).toEqual([
    { status: "planned", reason: "another_first", due: soon + 60_000 },
  ]);
  await clinic.makeDue();
  await clinic.strike();
  await desk.twilio.settled();
  expect(clinic.said("+12025550114")).toHaveLength(1);
  const rows = await clinic.db.all(sql`SELECT priority, touches.status, reason FROM touches
    JOIN nudges ON nudges.id = nudge_id ORDER BY priority`);
  expect(rows).toEqual([
    { priority: 1, status: "skipped", reason: "cap_reached" },
    { priority: 5, status: expect.stringMatching(/accepted|sent|delivered/), reason: null },
  ]);
});

test("a reminder of a visit is no care text: it goes, whatever the number got; what failed is not counted, what is in doubt is", async () => {
  const clinic = await addRemindingLine(desk, "+12025550115", { office: { timeZone: ZONE } });
  await activate(desk, clinic, care("care"));
  await activate(desk, clinic, reminder());
  await pushVisits(clinic, [
    visitIn(50, { phone: "+12025550116" }, ZONE),
    visitIn(51, { phone: "+12025550117", patientName: "KIM TESTFAILED" }, ZONE),
  ]);
  await runNudges(desk, clinic);
  await got(clinic, "unknown", [today().toString()], "care", sql`LIMIT 1`);
  await got(clinic, "undelivered", [today().toString()], "care", sql`LIMIT 1 OFFSET 1`);
  await clinic.strike();
  await desk.twilio.settled();
  const rows = await clinic.db.all(sql`SELECT category, touches.status, count(*) AS count FROM touches
    JOIN nudges ON nudges.id = nudge_id WHERE touches.id NOT LIKE 'tch_past%' GROUP BY 1, 2 ORDER BY 1, 2`);
  expect(rows).toEqual([
    { category: "care", status: "delivered", count: 1 },
    { category: "care", status: "skipped", count: 1 },
    { category: "transactional", status: "delivered", count: 2 },
  ]);
});

test("a family of many visits gets as many texts a day as any number may, none more, and somebody is told", async () => {
  const clinic = await addLine(desk, "+12025550118", {
    settings: { office: { timeZone: ZONE }, ask: { onePerPhonePerDay: false }, caps: { perNumberPerDay: 3 } },
  });
  const phone = "+12025550119";
  const seen = Temporal.Now.zonedDateTimeISO(ZONE).subtract({ hours: 2 }).toPlainDateTime();
  const startsAt = seen.toString({ smallestUnit: "minute" });
  await clinic.pushVisits(Array.from({ length: 5 }, () => ({ phone, startsAt })));
  const waiting = sql`SELECT reason FROM touches WHERE status = 'planned' AND reason = 'ceiling_reached'`;
  await eventually(async () => {
    await clinic.until("delivered", "planned");
    return (await clinic.db.all(waiting)).length === 2;
  });
  expect(clinic.said(phone)).toHaveLength(3);
  expect(await alarmsOf(clinic)).toEqual(["number_ceiling"]);
  await clinic.makeDue();
  await clinic.strike();
  expect(clinic.said(phone)).toHaveLength(3);
});

test("a clinic cannot set the ceiling off, nor above what a family could need", () => {
  const { settings } = commonGroundTenant();
  for (const perNumberPerDay of [0, 31, null]) {
    expect(TenantSettings.safeParse({ ...settings, caps: { perNumberPerDay } }).success).toBe(false);
  }
  expect(TenantSettings.parse(settings).caps).toEqual({
    carePerDay: 1,
    carePerWeek: 3,
    marketingPerMonth: 4,
    perNumberPerDay: 10,
  });
});

test("a preview says how many of those written to now would wait because of what their number got", async () => {
  const clinic = await addRemindingLine(desk, "+12025550120", { office: { timeZone: ZONE } });
  await activate(desk, clinic, care("care"));
  await pushVisits(clinic, [
    visitIn(50, { phone: "+12025550121" }, ZONE),
    visitIn(51, { phone: "+12025550122", patientName: "KIM TESTB" }, ZONE),
  ]);
  await clinic.strike();
  await clinic.db.run(sql`DELETE FROM touches`);
  await got(clinic, "delivered", [today().toString()], "care", sql`LIMIT 1`);
  const answer = await operator(desk.edge, "/admin/v1/nudges/preview", { tenant: clinic.slug, code: "care" });
  expect(await answer.json()).toMatchObject({ steps: [{ now: 2, capped: 1 }] });
});

/** The end of a week and of a month, and days around them. */
const DAYS = ["2026-02-22", "2026-02-23", "2026-02-27", "2026-02-28", "2026-03-01", "2026-03-05", "2026-03-07"];

test("the gate and the commit count alike, and two Workers that judged at once do not both send", async () => {
  const { settings } = commonGroundTenant();
  const parsed = TenantSettings.parse({ ...settings, caps: { carePerWeek: 2, perNumberPerDay: 3 } });
  const clinic = await desk.addTenant();
  const ctx = contextOf(clinic.db, parsed);
  await clinic.db.run(
    sql`INSERT INTO patients (id, identity_key, sealed, created_at, updated_at) VALUES ('pat_1', 'k', 'x', 1, 1)`,
  );
  const sentRow = fc.record({ sentOn: fc.constantFrom(...DAYS), countsAs: fc.constantFrom(...CATEGORIES) });
  const story = fc.record({
    sent: fc.array(sentRow, { maxLength: 6 }),
    category: fc.constantFrom(...CATEGORIES),
    day: fc.constantFrom(...DAYS),
  });
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(story, async ({ sent, category, day }) => {
      const past = sent.filter(({ sentOn }) => sentOn <= day);
      for (const table of ["touches", "attempts"]) await clinic.db.run(sql.raw(`DELETE FROM ${table}`));
      await insert(
        clinic.db,
        past.map((each) => ({ ...each, status: "delivered" })),
      );
      const limits = limitsFor({ channel: "sms", category, isSurvey: false }, parsed);
      const problem = capProblem(past, category, limits, day);
      const passed = await commit(ctx, category, day, "w1");
      expect({ past, category, day, passed }).toEqual({ past, category, day, passed: problem ? 0 : 1 });
      // Another Worker, which judged before the first one's commit.
      const own: Sent = { sentOn: day, countsAs: category };
      const after = capProblem(passed ? [...past, own] : past, category, limits, day);
      expect(await commit(ctx, category, day, "w2")).toBe(after ? 0 : 1);
      if (problem?.freeOn) expect(capProblem(past, category, limits, problem.freeOn)).toBeNull();
      outcomes.add(problem?.reason ?? "free");
    }),
    {
      numRuns: 40,
      examples: [
        [
          {
            sent: CATEGORIES.map((as) => ({ sentOn: "2026-03-05", countsAs: as })),
            category: "transactional",
            day: "2026-03-05",
          },
        ],
        [{ sent: [{ sentOn: "2026-03-05", countsAs: "care" }], category: "care", day: "2026-03-05" }],
      ],
    },
  );
  expect(outcomes).toEqual(new Set(["free", "cap_reached", "ceiling_reached"]));
});

function contextOf(db: Line["db"], settings: TenantSettings): Context {
  const actor = { type: "system", job: "test" };
  return { db, tenant: { id: "t", settings }, actor, requestId: "r", now: () => Date.now() } as unknown as Context;
}

/** One claimed touch of this Worker, judged already. How many of it were committed. */
async function commit(ctx: Context, category: Category, day: string, owner: string): Promise<number> {
  const id = `tch_${owner}`;
  await insert(ctx.db, [{ id, sentOn: null, countsAs: null, status: "claimed", owner }]);
  const prepared = {
    touch: { id, attemptCount: 0, channel: "sms", inviteId: null, nudgeId: null, mediaBuyId: null },
    facts: { category, onePerPhonePerDay: false },
    contact: { addressKey: "a" },
    limits: limitsFor({ channel: "sms", category, isSurvey: false }, ctx.tenant.settings),
    countsAs: category,
    today: day,
  };
  const composed = { bodyKey: "b", segments: { count: 1 }, tokenHash: null, unsubscribe: null };
  await ctx.db.run(sql`INSERT OR IGNORE INTO consents (id, address_key, channel, purpose, wording, source, at)
    VALUES ('cst_1', 'a', 'sms', 'marketing', 'x', 'form', 1)`);
  return (
    await commitAttempts(ctx, owner, "twilio", [{ prepared, composed, mostSpent: { nudge: null, buy: null } } as never])
  ).length;
}

type Row = { id?: string; sentOn: string | null; countsAs: string | null; status: string; owner?: string };

async function insert(db: Line["db"], rows: Row[]): Promise<void> {
  for (const [place, { id = `tch_past${place}`, sentOn, countsAs, status, owner = null }] of rows.entries()) {
    await db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, office_id, channel, template_key, template_version,
      status, due_at, not_after_at, address_key, sent_on, counts_as, attempt_count, lease_owner, created_at, updated_at)
      VALUES (${id}, ${id}, 'nudge', 'pat_1', 'off_1', 'sms', 'x', 1, ${status}, 1, 2, 'a', ${sentOn}, ${countsAs}, 1, ${owner}, 1, 1)`);
  }
}

/** What these days brought to the numbers that `which` picks, in the order they came. */
async function got(clinic: Line, status: string, days: string[], as: Category, which: ReturnType<typeof sql>) {
  for (const day of days) {
    await clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, office_id, channel, template_key, template_version,
      status, due_at, not_after_at, address_key, sent_on, counts_as, attempt_count, created_at, updated_at)
      SELECT 'tch_past' || id || ${day}, 'past:' || id || ${day}, 'nudge', patient_id, (SELECT id FROM offices LIMIT 1), 'sms', 'x', 1,
      ${status}, 1, 2, address_key, ${day}, ${as}, 1, 1, 1 FROM contact_points ORDER BY id ${which}`);
  }
}

function startOfTomorrow(): number {
  return today().add({ days: 1 }).toZonedDateTime(ZONE).epochMilliseconds;
}
