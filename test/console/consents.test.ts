import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Clinic } from "../harness.ts";
import { seenVisit, todayIn } from "../visits.ts";
import { fieldsOf, mainOf, rowsOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole } from "./sign-in.ts";

let desk: ConsoleDesk;
let clinic: Clinic;
let fay: Awaited<ReturnType<typeof signIn>>;
let auditor: Awaited<ReturnType<typeof signIn>>;
beforeAll(async () => {
  desk = await startConsole();
  clinic = await desk.addTenant();
  await clinic.push(todayIn(), [seenVisit({ phone: "+12025550131", status: "Confirmed" })]);
  [fay, auditor] = await Promise.all([signIn(desk, "front_desk"), signIn(desk, "auditor")]);
});
afterAll(() => desk?.close());

const yes = (changes: Record<string, string> = {}) => ({
  address: "(202) 555-0131",
  purpose: "marketing",
  wording: "=1+1 text me offers",
  source: "form",
  evidence: "Paper 12, drawer 3",
  givenOn: todayIn(),
  ...changes,
});
const book = (path = "") => `/t/${clinic.slug}/consents${path}`;
const done = async (answer: Promise<Response>) => (await answer).headers.get("location")?.split("done=")[1];
const yesterday = Temporal.PlainDate.from(todayIn()).subtract({ days: 1 }).toString();

test("a yes is kept with its words, its proof sealed, and found again by the number; each look is in the audit", async () => {
  expect(await done(fay.post(book(), yes()))).toBe("consent-recorded");
  expect(await done(fay.post(book(), yes()))).toBe("consent-known");
  expect(await done(fay.post(book(), yes({ address: "Kim@Sample.example", purpose: "care" })))).toBe(
    "consent-recorded",
  );
  const [kept] = await clinic.db.all<{ evidence: string }>(sql`SELECT evidence FROM consents WHERE channel = 'sms'`);
  expect(kept?.evidence).not.toMatch(/drawer/);
  const found = await (await auditor.post(book("/find"), { address: "2025550131" })).text();
  expect(rowsOf(found)).toEqual([
    [
      "(202) 555-0131",
      "River Testerly",
      expect.stringContaining("“=1+1 text me offers”"),
      expect.stringContaining("Proof: Paper 12, drawer 3"),
      "",
    ],
  ]);
  expect(rowsOf(await (await fay.post(book("/find"), { address: "kim@sample.example" })).text())).toHaveLength(1);
  expect(mainOf(await (await auditor.post(book("/find"), { address: "202-555-0199" })).text())).toContain(
    "No yes is in the book",
  );
  const reads = await clinic.db.all(
    sql`SELECT DISTINCT actor FROM audit WHERE action = 'consents.read' ORDER BY actor`,
  );
  expect(reads).toEqual([
    { actor: "staff:auditor@commonground.example" },
    { actor: "staff:desk@commonground.example" },
  ]);
});

test("an auditor takes the book along but writes nothing in it; no cell of the file is a formula", async () => {
  expect((await auditor.post(book(), yes())).status).toBe(403);
  expect((await fay.get(book(`.csv?from=${yesterday}&to=${todayIn()}`))).status).toBe(403);
  const file = await auditor.get(book(`.csv?from=${yesterday}&to=${todayIn()}`));
  const [header, ...lines] = (await file.text()).trim().split("\r\n");
  expect(header).toBe("address,channel,purpose,wording,source,evidence,given_at,ended_at,ended_by");
  expect(lines.filter((line) => line.includes("drawer"))).toEqual([
    expect.stringMatching(/^,mail,care,/),
    expect.stringMatching(/2025550131,sms,marketing,.=1\+1 text me offers,form,/),
  ]);
  for (const cell of lines.flatMap((line) => line.split(","))) expect(cell).not.toMatch(/^[=+@-]/);
  expect(await clinic.db.all(sql`SELECT 1 FROM audit WHERE action = 'consents.exported'`)).toHaveLength(1);
  expect((await auditor.get(book(".csv?from=2026-02-30&to=2026-03-01"))).status).toBe(400);
});

test("an older yes does not count after a no; a new one does, and says that the opt-out still holds", async () => {
  const address = "202-555-0132";
  const optOuts = `/t/${clinic.slug}/opt-outs`;
  expect(await done(fay.post(book(), yes({ address })))).toBe("consent-recorded");
  await fay.post(optOuts, { phone: address, purpose: "marketing" });
  expect(await live()).toEqual([]);
  expect((await fay.post(book(), yes({ address, givenOn: yesterday }))).status).toBe(409);
  expect(await done(fay.post(book(), yes({ address })))).toBe("consent-stopped");
  const [row] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM consents WHERE ended_at IS NULL AND address_key =
    (SELECT address_key FROM opt_outs)`);
  expect(await done(fay.post(book(`/${row?.id}/end`)))).toBe("consent-ended");
  expect(await done(fay.post(book(`/${row?.id}/end`)))).toBe("gone");
  expect(rowsOf(await (await fay.get(optOuts)).text())[0]?.join(" ")).toContain("offers only");

  async function live() {
    return clinic.db.all(
      sql`SELECT 1 FROM consents WHERE ended_at IS NULL AND address_key IN (SELECT address_key FROM opt_outs)`,
    );
  }
});

test("what is no number, no mail address or no day yet is refused and nothing is written; what was typed stays in the form", async () => {
  const before = await clinic.db.all(sql`SELECT id FROM consents`);
  for (const bad of [
    { address: "call me" },
    { givenOn: "2999-01-01" },
    { givenOn: "2026-02-30" },
    { purpose: "all" },
    { wording: "" },
    { source: "x" },
  ]) {
    const typed = yes(bad as Record<string, string>);
    const refused = await fay.post(book(), typed);
    expect(refused.status).toBe(400);
    const { address, wording } = fieldsOf(await refused.text(), "form[action$=consents]");
    expect({ address, wording }).toEqual({ address: typed.address, wording: typed.wording });
  }
  expect(await clinic.db.all(sql`SELECT id FROM consents`)).toEqual(before);
});
