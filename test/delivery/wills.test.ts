import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isUnwilling, objection, type Will } from "../../edge/delivery/wills.ts";
import { stopScope } from "../../edge/responses/texts/stop-scope.ts";
import { addLine, type Line } from "../clinic-line.ts";
import { type Desk, operator, startDesk } from "../harness.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

const SETTINGS = { office: { timeZone: "America/Denver" }, messages: { revokeAllFrom: "2027-01-31" } };

test.each<[string | null, string, string, string]>([
  ["marketing", "STOP", "2027-01-15T18:00Z", "marketing"],
  ["marketing", "STOP", "2027-01-31T06:59Z", "marketing"],
  ["marketing", "STOP", "2027-01-31T07:00Z", "all"],
  ["marketing", "STOP", "2027-02-05T18:00Z", "all"],
  ["marketing", "stop all!", "2027-01-15T18:00Z", "all"],
  ["care", "STOP", "2027-01-15T18:00Z", "all"],
  [null, "STOP", "2027-01-15T18:00Z", "all"],
])("a STOP that answers %s (%s, %s) ends %s, by the clinic's own calendar [NUDGE-35]", (answers, body, at, ends) => {
  expect(stopScope(SETTINGS, { answers, body, now: Date.parse(at) })).toBe(ends);
});

test("the gate and the last look before the call read a person's will alike, whatever was said", async () => {
  const clinic = await desk.addTenant();
  const wills = (["sms", "mail", "print"] as const).flatMap((channel) =>
    [
      ...["all", "care", "marketing", "survey_invite"].map((purpose) => ({ purpose, says: "no" as const })),
      { purpose: "marketing", says: "yes" as const },
    ].map((will) => ({ ...will, channel, addressKey: "a" })),
  );
  const asks = ["a", "b"].flatMap((addressKey) =>
    (["sms", "mail", "print"] as const).flatMap((channel) =>
      [
        { category: "care", kind: "survey_invite" },
        { category: "care", kind: "nudge" },
        { category: "marketing", kind: "nudge" },
      ].map((each) => ({ ...each, addressKey, channel })),
    ),
  );
  const seen = new Set<string | null>();
  const [yes] = wills.filter(({ says }) => says === "yes");
  for (const stored of [[], ...wills.flatMap((will) => (yes && will !== yes ? [[will], [will, yes]] : [[will]]))]) {
    await keep(clinic.db, stored);
    const said = asks.map((asked) => objection(stored, asked));
    const looks = asks.map((asked, place) => sql`SELECT ${place} AS place, ${isUnwilling(asked)} AS no`);
    const rows = await clinic.db.all<{ no: number }>(sql`${sql.join(looks, sql` UNION ALL `)} ORDER BY place`);
    expect({ stored, no: rows.map(({ no }) => no === 1) }).toEqual({ stored, no: said.map((each) => each !== null) });
    for (const each of said) seen.add(each);
  }
  expect(seen).toEqual(new Set(["opted_out", "no_consent", null]));
});

test("planned, then STOP, then claimed: nothing is handed over, and the STOP is confirmed once [NUDGE-34]", async () => {
  const clinic = await addLine(desk, "+12025550130", { settings: { ask: { delayMinutes: 600 } } });
  await clinic.pushVisits([{ phone: "+12025550131" }]);
  await clinic.until("planned");
  await clinic.text("+12025550131", "stop please");
  await clinic.makeDue();
  await clinic.strike();
  expect(await clinic.touches()).toMatchObject([{ status: "skipped", reason: "opted_out" }]);
  const calls = desk.twilio.ledger.filter(({ event, to }) => event === "create" && to === "+12025550131");
  expect(calls).toEqual([]);
  expect(clinic.said("+12025550131")).toEqual([
    "Common Ground: you will get no more texts from us. Reply START if you want them again.",
  ]);
});

test("STOP to an offer ends offers for both who share the number and takes their yes back; what is about visits goes on, START brings it back [NUDGE-35]", async () => {
  const clinic = await spouses("+12025550132", "+12025550133");
  await clinic.text("+12025550133", "stop please");
  expect(await state(clinic)).toEqual([
    "nudge skipped opted_out",
    "nudge skipped opted_out",
    "survey_invite planned null",
    "survey_invite planned null",
  ]);
  expect(await clinic.db.all(sql`SELECT purpose, source FROM opt_outs WHERE ended_at IS NULL`)).toEqual([
    { purpose: "marketing", source: "keyword" },
  ]);
  expect(await yes(clinic)).toEqual([]);
  expect(clinic.said("+12025550133")).toEqual([expect.stringMatching(/no more offers.*about your visits go on/)]);
  await clinic.text("+12025550133", "stop");
  expect(clinic.said("+12025550133")).toHaveLength(2);
  await clinic.text("+12025550133", "START");
  expect(await yes(clinic)).toEqual([{ purpose: "marketing", source: "keyword", wording: "Offers by text? Yes" }]);
  await clinic.makeDue();
  await clinic.until("delivered", "skipped");
  expect((await state(clinic)).filter((line) => line.startsWith("survey"))).toEqual([
    "survey_invite delivered null",
    "survey_invite skipped already_texted",
  ]);
});

test("from the clinic's day on, STOP to an offer ends every text to the number [NUDGE-35]", async () => {
  const clinic = await spouses("+12025550134", "+12025550135");
  const change = { messages: { revokeAllFrom: "2026-01-01" } };
  await operator(desk.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, settings: change });
  await clinic.text("+12025550135", "stop please");
  expect((await state(clinic)).map((line) => line.replace(/^\S+ /, ""))).toEqual(Array(4).fill("skipped opted_out"));
  expect(clinic.said("+12025550135")).toEqual([expect.stringContaining("no more texts")]);
});

/** Two people on one number who got an offer: each waits for a survey and for another offer. */
async function spouses(number: string, phone: string): Promise<Line> {
  const clinic = await addLine(desk, number, { settings: { ask: { delayMinutes: 600 } } });
  await clinic.pushVisits([{ phone }, { phone, patientName: "ROBIN SAMPLE" }]);
  await clinic.until("planned");
  await clinic.db.batch([
    clinic.db.run(sql`INSERT INTO nudges (id, code, name, category, audience_kind, audience, status, created_by, created_at, updated_at)
      VALUES ('ndg_1', 'offer', 'Offer', 'marketing', 'purchase_aggregate', '{}', 'archived', 'test', 1, 1)`),
    clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, nudge_id, office_id, channel, template_key, template_version,
      status, due_at, not_after_at, address_key, sent_on, attempt_count, created_at, updated_at)
      SELECT 'tch_past' || id, 'past:' || id, 'nudge', patient_id, 'ndg_1', (SELECT id FROM offices LIMIT 1), 'sms', 'offer', 1,
      'delivered', 1, 2, address_key, '2026-01-01', 1, 1, 1 FROM contact_points LIMIT 1`),
    clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, nudge_id, office_id, channel, template_key, template_version,
      status, due_at, not_after_at, attempt_count, created_at, updated_at)
      SELECT 'tch_next' || id, 'next:' || id, 'nudge', patient_id, 'ndg_1', (SELECT id FROM offices LIMIT 1), 'sms', 'offer', 1,
      'planned', 9e12, 9e12, 0, 1, 1 FROM contact_points`),
    clinic.db.run(sql`INSERT INTO consents (id, address_key, channel, purpose, wording, source, at)
      SELECT 'cst_1', address_key, 'sms', 'marketing', 'Offers by text? Yes', 'form', 1 FROM contact_points LIMIT 1`),
  ]);
  return clinic;
}

async function state(clinic: Line): Promise<string[]> {
  const rows = await clinic.touches();
  return rows
    .filter(({ id }) => !id.startsWith("tch_past"))
    .map(({ kind, status, reason }) => `${kind} ${status} ${reason}`)
    .sort();
}

function yes(clinic: Line): Promise<unknown[]> {
  return clinic.db.all(sql`SELECT purpose, source, wording FROM consents WHERE ended_at IS NULL`);
}

async function keep(db: Line["db"], wills: Will[]): Promise<void> {
  await db.batch([db.run(sql`DELETE FROM opt_outs`), db.run(sql`DELETE FROM consents`)]);
  for (const [place, { addressKey, channel, purpose, says }] of wills.entries()) {
    await db.run(
      says === "no"
        ? sql`INSERT INTO opt_outs (id, address_key, channel, purpose, source, at) VALUES (${`opt_${place}`}, ${addressKey}, ${channel}, ${purpose}, 'staff', 1)`
        : sql`INSERT INTO consents (id, address_key, channel, purpose, wording, source, at) VALUES (${`cst_${place}`}, ${addressKey}, ${channel}, ${purpose}, 'x', 'form', 1)`,
    );
  }
}
