import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLine } from "../clinic-line.ts";
import { type Desk, startDesk } from "../harness.ts";
import { seenVisit, todayIn } from "../visits.ts";
import { operate } from "./command.ts";
import { clinicOfZebulon, ZEBULON } from "./person-world.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

type Document = Record<string, Record<string, unknown>[]> & { person: Record<string, unknown>; address: object };

test("one command prints everything that is held on one person, opened, within a minute, and the audit says so [GDPR 15, 20]", async () => {
  const clinic = await clinicOfZebulon(desk, "+12025550170");
  // As it was before texts were indexed by number.
  await clinic.db.run(sql`UPDATE inbound_messages SET address_key = NULL`);
  const startedAt = Date.now();
  const { exit, document } = await operate(desk, "person", "export", clinic.slug, "--phone", "(202) 555-0171");
  expect(exit).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(60_000);
  const held = document as Document;
  expect(held.person).toMatchObject({ id: clinic.patientId, birthDate: ZEBULON.birthDate });
  expect(JSON.stringify(held.person)).toMatch(/zebulon/i);
  expect(held.contactPoints?.map(({ value }) => value).sort()).toEqual([ZEBULON.phone, ZEBULON.mail]);
  expect(JSON.stringify(held.address)).toContain(ZEBULON.street);
  expect(held.sourceIds).toContainEqual({ system: "concrete", entity: "patient", value: "p1" });
  expect(held.visits).toMatchObject([{ source: "practice-fusion" }, { source: "concrete" }]);
  expect(held.purchases).toMatchObject([{ amountMicros: 129_950_000 }]);
  const [asked] = (held.messages ?? []).filter(({ status }) => status === "delivered");
  expect(asked).toMatchObject({
    kind: "survey_invite",
    words: { body: expect.stringContaining("[a link of its own]"), isExact: false },
    handOvers: [{ outcome: "accepted", provider: "twilio" }],
  });
  expect(asked?.reports).toContainEqual(expect.objectContaining({ status: "delivered" }));
  expect(JSON.stringify(held.answers)).toContain(ZEBULON.words);
  expect(held.texts).toMatchObject([{ from: ZEBULON.phone, body: ZEBULON.texted }]);
  expect(held.optOuts).toMatchObject([{ words: ZEBULON.texted, source: "free_text" }]);
  expect(held.reads).toMatchObject([{ action: "person.exported", actor: "operator" }]);
  // Nothing of anybody else, and nothing that is of use to the desk alone.
  expect(JSON.stringify(held)).not.toMatch(/octavia|hamster|olive|addressKey|dedupeKey|sealed"/i);
  const byMail = await operate(desk, "person", "export", clinic.slug, "--mail", ZEBULON.mail.toUpperCase());
  expect((byMail.document as Document).person).toMatchObject({ id: clinic.patientId });
});

test("a number that several have exports nobody: they are listed, told apart without a name, and one can be named", async () => {
  const clinic = await addLine(desk, "+12025550174");
  const phone = "+12025550175";
  await clinic.push(todayIn(), [
    seenVisit({ phone, patientName: "MARZIPAN PUMPERNICKEL", birthDate: "1971-01-01" }),
    seenVisit({ phone, patientName: "QUENTIN PUMPERNICKEL", birthDate: "2001-01-01" }),
  ]);
  await clinic.text(phone, "May we come an hour later?");
  const { exit, document } = await operate(desk, "person", "export", clinic.slug, "--phone", phone);
  expect(exit).toBe(1);
  const { matches } = document as { matches: { patientId: string; bornIn: string }[] };
  expect(matches.map(({ bornIn }) => bornIn).sort()).toEqual(["1971", "2001"]);
  expect(JSON.stringify(document)).not.toMatch(/marzipan|quentin|pumpernickel/i);
  expect(await clinic.db.all(sql`SELECT 1 FROM audit WHERE action = 'person.exported'`)).toEqual([]);
  const one = await operate(desk, "person", "export", clinic.slug, "--patient", matches[0]?.patientId ?? "");
  expect(one.exit).toBe(0);
  // Whose the text is, nobody can say.
  expect(one.document).toMatchObject({ contactPoints: [{ value: phone, isShared: true }], texts: [] });
});

test("a reminder's words are rebuilt letter by letter where nothing has changed since, and told apart where it has", async () => {
  const clinic = await addLine(desk, "+12025550176", { settings: { ask: { templateKey: "plain" } } });
  await clinic.db.run(sql`INSERT INTO message_templates (key, version, locale, channel, body, created_at)
    VALUES ('plain', 1, 'en', 'sms', 'Sample Clinic: thank you for coming, {{fn}}.', 1)`);
  await clinic.push(todayIn(), [seenVisit({ phone: "+12025550177" })]);
  await clinic.until("delivered");
  const words = async () => {
    const { document } = await operate(desk, "person", "export", clinic.slug, "--phone", "+12025550177");
    return (document as Document).messages?.[0]?.words;
  };
  expect(await words()).toEqual({ subject: null, body: "Sample Clinic: thank you for coming, River.", isExact: true });
  await clinic.db.run(sql`UPDATE attempts SET body_key = 'other'`);
  expect(await words()).toMatchObject({ isExact: false });
});

test.each([
  ["nobody", [], 2],
  ["two ways at once", ["--phone", "+12025550171", "--mail", "a@b.example"], 2],
  ["no number", ["--phone", "five"], 1],
  ["an id that is none", ["--patient", "pat_1"], 1],
  ["an unknown id", ["--patient", `pat_${"0".repeat(32)}`], 1],
  ["a number that nobody has", ["--phone", "+12025550199"], 1],
])("naming %s exports nothing, says what to give, and writes nothing", async (_, options, exit) => {
  const clinic = await desk.addTenant();
  const before = await clinic.db.all(sql`SELECT count(*) AS n FROM audit`);
  const answer = await operate(desk, "person", "export", clinic.slug, ...options);
  expect(answer.exit).toBe(exit);
  expect(answer.err).not.toBe("");
  expect(await clinic.db.all(sql`SELECT count(*) AS n FROM audit`)).toEqual(before);
});
