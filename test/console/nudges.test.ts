import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { activate, addRemindingLine, pushVisits, reminder, saveNudge, visitIn } from "../engagement/nudge-line.ts";
import { zoneAtNoon } from "../visits.ts";
import { mainOf, rowsOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole, type Visitor } from "./sign-in.ts";

let desk: ConsoleDesk;
let lead: Visitor;
let admin: Visitor;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
  [lead, admin] = await Promise.all([signIn(desk, "clinic_lead"), signIn(desk, "admin")]);
});
afterAll(() => desk?.close());

test("a nudge stands in the list with its audience, its steps in words and what became of it in thirty days", async () => {
  const clinic = await addRemindingLine(desk, "+12025550170");
  await activate(desk, clinic, reminder({}, { offsetHours: -24, quietRule: "earlier" }));
  await pushVisits(clinic, [visitIn(130, { phone: "+12025550171" })]);
  await clinic.until("delivered", "skipped");
  const [row] = rowsOf(await (await lead.get(`/t/${clinic.slug}/nudges`)).text());
  expect(row?.[0]).toBe("Visit reminder about a visit at work");
  expect(row?.[1]).toBe(
    "People with a visit ahead visits that are not confirmed or confirmed, but none called “In Trial Call Back” text, 24 hours before the visit; outside sending hours, the evening before",
  );
  expect(row?.slice(2)).toEqual(["0", "0", "0", "0", "1"]);
});

test("the preview counts now, later and left out by reason, names the price and hides who it is", async () => {
  const clinic = await addRemindingLine(desk, "+12025550172");
  await clinic.db.run(
    sql`UPDATE message_templates SET body = '{{cn}}: {{fn|Hello}}, see you at {{ap}}.' WHERE key = 'reminder'`,
  );
  await saveNudge(desk, clinic, reminder());
  await pushVisits(clinic, [
    visitIn(125, { phone: "+12025550173", patientName: "SELMA SECRETLY" }),
    visitIn(175, { phone: "+12025550174", patientName: "LATER LARSEN" }),
    visitIn(126, { phone: "+12025550175", patientName: "CARL CANCELLED", status: "Cancelled" }),
  ]);
  const html = await (await lead.get(`/t/${clinic.slug}/nudges/reminder/preview`)).text();
  const page = mainOf(html);
  expect(page).toContain("Written to now 2, 1 segment each at $0.008");
  expect(page).toContain("about $0.017");
  expect(page).toContain("1: visit's status not meant");
  expect(page).toMatch(/S\. S\. · visit .* Common Ground: S\., see you at/);
  expect(html).not.toMatch(/selma|secretly|larsen/i);
  expect(await clinic.db.all(sql`SELECT 1 FROM touches WHERE kind = 'nudge'`)).toEqual([]);
  const reads = await clinic.db.all(sql`SELECT actor FROM audit WHERE action = 'nudge.read'`);
  expect(reads).toEqual([{ actor: "staff:lead@commonground.example" }]);
});

test("the preview of an offer counts those who never said yes as not sent, and says so", async () => {
  const clinic = await addRemindingLine(desk, "+12025550193");
  await clinic.db.run(sql`UPDATE message_templates SET category = 'marketing' WHERE key = 'reminder'`);
  await saveNudge(desk, clinic, reminder({ category: "marketing" }));
  const numbers = ["+447700900194", "+447700900195", "+447700900196"];
  await pushVisits(
    clinic,
    numbers.map((phone, index) => visitIn(125 + index, { phone, patientName: `OLA OFFER${"ABC"[index]}` })),
  );
  await clinic.db.run(sql`INSERT INTO consents (id, address_key, channel, purpose, wording, source, at)
    SELECT 'cns_yes', address_key, 'sms', 'marketing', 'Yes to offers', 'form', 1 FROM contact_points ORDER BY rowid LIMIT 1`);
  // Offers keep to the law's hours, by the clock where their reader is.
  await clinic.db.run(sql`UPDATE patients SET time_zone = ${zoneAtNoon()}`);
  const page = mainOf(await (await lead.get(`/t/${clinic.slug}/nudges/reminder/preview`)).text());
  expect(page).toContain("Written to now 1, 1 segment");
  expect(page).toMatch(/Meant, but not sent 2: /);
  expect(page.match(/not sent: never said yes/g)).toHaveLength(2);
});

test("an offer waits for a second person; its writer is refused, another lead approves, and each step is in the audit", async () => {
  const clinic = await addRemindingLine(desk, "+12025550176");
  await clinic.db.run(sql`UPDATE message_templates SET category = 'marketing' WHERE key = 'reminder'`);
  await saveNudge(desk, clinic, reminder({ category: "marketing" }));
  await clinic.db.run(sql`UPDATE nudges SET created_by = 'staff:lead@commonground.example'`);
  const own = `/t/${clinic.slug}/nudges/reminder`;
  const done = async (who: Visitor, act: string, form = {}) => {
    const answer = await who.post(`${own}/${act}`, form);
    return answer.headers.get("location")?.split("=")[1] ?? answer.status;
  };
  expect(await done(lead, "activate")).toBe("nudge-waiting");
  expect(await done(lead, "activate")).toBe(403);
  expect(mainOf(await (await lead.get(own)).text())).toContain("somebody else has to approve it");
  expect(await done(admin, "activate")).toBe("nudge-active");
  expect(await done(lead, "pause", { reason: "new wording" })).toBe("nudge-paused");
  expect(mainOf(await (await lead.get(own)).text())).toContain("paused new wording");
  expect(await done(lead, "archive")).toBe("nudge-archived");
  const events = await clinic.db.all<{ action: string }>(
    sql`SELECT action FROM audit WHERE action LIKE 'nudge.%' AND actor LIKE 'staff:%' ORDER BY seq`,
  );
  expect(events.map(({ action }) => action)).toEqual([
    "nudge.submitted",
    "nudge.activated",
    "nudge.paused",
    "nudge.archived",
  ]);
});

test("a nudge that would write to more than a hundred at once plans nothing for ten minutes and can be taken back", async () => {
  const clinic = await addRemindingLine(desk, "+12025550177");
  await saveNudge(desk, clinic, reminder());
  const names = Array.from({ length: 101 }, (_, index) => `PAT P${String.fromCharCode(65 + (index % 26))}${index}`);
  const letters = (name: string) => name.replace(/\d/g, (digit) => "ABCDEFGHIJ"[Number(digit)] ?? "");
  await pushVisits(
    clinic,
    names.map((name) => visitIn(130, { patientName: letters(name), phone: null, phoneProblem: "none" })),
  );
  const own = `/t/${clinic.slug}/nudges/reminder`;
  await lead.post(`${own}/activate`);
  expect(mainOf(await (await lead.get(own)).text())).toMatch(/starts at .*nothing is planned yet/);
  await clinic.strike();
  expect(await clinic.db.all(sql`SELECT 1 FROM touches WHERE kind = 'nudge'`)).toEqual([]);
  await clinic.db.run(sql`UPDATE nudges SET starts_at = ${Date.now() - 1}`);
  await clinic.strike();
  expect(await clinic.db.all(sql`SELECT count(*) AS n FROM touches WHERE kind = 'nudge'`)).toEqual([{ n: 101 }]);
});

test("lists take only the orders and filters that they know, and look for text as it stands [BAD-70] [BAD-75]", async () => {
  const clinic = await addRemindingLine(desk, "+12025550178");
  await saveNudge(desk, clinic, reminder({ name: "100% (a+)+$ sure" }));
  await saveNudge(desk, clinic, reminder({ code: "other", name: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" }));
  const status = async (query: string) => (await lead.get(`/t/${clinic.slug}/nudges${query}`)).status;
  for (const bad of [
    "sort=name;drop",
    "sort=(select 1)",
    "sort=created_by",
    "show=x' OR 1=1",
    "category=all",
    "sort=name&sort=sent",
  ])
    expect([bad, await status(`?${encodeURI(bad)}`)]).toEqual([bad, 400]);
  expect(await status("/reminder/messages?show=status--")).toBe(400);
  const found = async (q: string) => {
    const html = await (await lead.get(`/t/${clinic.slug}/nudges?${new URLSearchParams({ q })}`)).text();
    return rowsOf(html).length;
  };
  expect(await found("(a+)+$")).toBe(1);
  expect(await found("100%")).toBe(1);
  expect(await found("%")).toBe(1);
  expect(await found("_")).toBe(0);
  expect(await found(".*")).toBe(0);
});

test("a nudge's messages come page by page, each once; a made-up cursor is refused and a huge page is cut [BAD-72] [BAD-73]", async () => {
  const clinic = await addRemindingLine(desk, "+12025550179");
  await saveNudge(desk, clinic, reminder());
  await pushVisits(clinic, [visitIn(500, { phone: "+12025550171" })]);
  await clinic.strike();
  await clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, nudge_id, office_id, channel, template_key,
      template_version, status, due_at, not_after_at, created_at, updated_at)
    WITH RECURSIVE each(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM each WHERE value < 250)
    SELECT printf('tch_%032x', value), 'k' || value, 'nudge', patients.id, nudges.id, 'x', 'sms', 'reminder', 1, 'delivered',
      1, 1, 1700000000000 + value / 3, 1 FROM nudges, patients, each`);
  const own = `/t/${clinic.slug}/nudges/reminder/messages`;
  const page = async (query: string) => {
    const html = await (await lead.get(`${own}${query}`)).text();
    return {
      rows: rowsOf(html).length,
      next: /href="[^"]*(\?show=all&amp;before=[^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&"),
    };
  };
  expect((await page("?limit=1e9")).rows).toBe(200);
  const sizes: number[] = [];
  for (let query: string | undefined = "?limit=60"; query; ) {
    const { rows, next } = await page(query);
    sizes.push(rows);
    query = next;
  }
  expect(sizes).toEqual([60, 60, 60, 60, 10]);
  const id = `tch_${"0".repeat(32)}`;
  for (const before of ["x", "1700000000000", `17.${id}`, `1700000000000.${id}' OR 1=1`, `-700000000000.${id}`])
    expect((await lead.get(`${own}?${new URLSearchParams({ before })}`)).status).toBe(400);
  expect((await lead.get(`${own}?limit=-1`)).status).toBe(400);
});

test("another clinic's nudge is not there, in whatever page or form it is named, and stays as it was [BAD-71]", async () => {
  const [theirs, ours] = [await addRemindingLine(desk, "+12025550180"), await addRemindingLine(desk, "+12025550181")];
  await saveNudge(desk, theirs, reminder({ code: "theirs" }));
  const own = `/t/${ours.slug}/nudges/theirs`;
  const answers = await Promise.all([
    ...["", "/preview", "/messages"].map((page) => lead.get(own + page)),
    ...["activate", "archive"].map((act) => lead.post(`${own}/${act}`)),
    lead.post(`${own}/pause`, { reason: "x" }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(404));
  expect(await theirs.db.all(sql`SELECT status, version FROM nudges`)).toEqual([{ status: "draft", version: 1 }]);
});

test("a nudge with a hold-out shows what became of visits told of and held out, each once, and nothing of fewer than five", async () => {
  const clinic = await addRemindingLine(desk, "+12025550192");
  await saveNudge(desk, clinic, reminder({ holdoutPercent: 10 }));
  const fates = ["fulfilled", "fulfilled", "arrived", "noshow", "cancelled", "noshow", "fulfilled", "noshow", "noshow"];
  await pushVisits(
    clinic,
    fates.map((_, index) => visitIn(400 + index, { patientName: `EVA EFFECT${"ABCDEFGHI"[index]}` })),
  );
  const visits = await clinic.db.all<{ id: string }>(sql`SELECT id FROM appointments ORDER BY starts_at`);
  for (const [index, { id }] of visits.entries()) {
    await clinic.db.run(sql`UPDATE appointments SET status = ${fates[index]}, starts_at = 1 WHERE id = ${id}`);
    for (const copy of ["a", "b"])
      await clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, appointment_id, nudge_id, office_id, channel,
          template_key, template_version, status, reason, due_at, not_after_at, created_at, updated_at)
        SELECT ${`tch_${index}${copy}`}, ${`k${index}${copy}`}, 'nudge', patient_id, ${id}, nudges.id, office_id, 'sms', 'reminder', 1,
          ${index < 5 ? "delivered" : "skipped"}, ${index < 5 ? null : "holdout"}, 1, 1, ${Date.now()}, 1
        FROM appointments, nudges WHERE appointments.id = ${id}`);
  }
  const own = `/t/${clinic.slug}/nudges/reminder`;
  const seen = async () => mainOf(await (await lead.get(own)).text());
  expect(await seen()).toMatch(/3 kept, 1 missed, 1 cancelled 60% kept Left out by lot too few to show –/);
  await clinic.db.run(
    sql`UPDATE touches SET status = 'skipped', reason = 'holdout' WHERE appointment_id = ${visits[4]?.id}`,
  );
  expect(await seen()).toMatch(
    /Told of their visit too few to show – Left out by lot 1 kept, 3 missed, 1 cancelled 20% kept/,
  );
});
