import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLine } from "../clinic-line.ts";
import { type Clinic, eventually } from "../harness.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";
import { fieldsOf, mainOf, rowsOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole } from "./sign-in.ts";

let desk: ConsoleDesk;
let fay: Awaited<ReturnType<typeof signIn>>;
let lead: Awaited<ReturnType<typeof signIn>>;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
  [fay, lead] = await Promise.all([signIn(desk, "front_desk"), signIn(desk, "clinic_lead")]);
});
afterAll(() => desk?.close());

const statusOf = async (clinic: Clinic) =>
  (await clinic.db.all<{ status: string; reason: string }>(sql`SELECT status, reason FROM touches`))[0];

/** A clinic with one planned text that a closed day holds back. */
async function withPlanned(phone: string): Promise<Clinic> {
  const clinic = await desk.addTenant({ settings: { office: { ...openAllDay, closedDays: [todayIn()] } } });
  await clinic.push(todayIn(), [seenVisit({ phone })]);
  await desk.strike(clinic);
  await eventually(async () => (await statusOf(clinic))?.reason === "closed_day");
  return clinic;
}

test("what a patient tells the desk stops every text to the number at once, and stands in the list with its owner", async () => {
  const clinic = await withPlanned("+12025550131");
  const path = `/t/${clinic.slug}/opt-outs`;
  for (let turn = 0; turn < 2; turn += 1) {
    expect((await fay.post(path, { phone: "(202) 555-0131" })).headers.get("location")).toBe(
      `${path}?done=opt-out-added`,
    );
  }
  expect(await statusOf(clinic)).toEqual({ status: "skipped", reason: "opted_out" });
  const page = await (await fay.get(`${path}?done=opt-out-added`)).text();
  expect(mainOf(page)).toContain("Texts to this number are stopped.");
  expect(rowsOf(page).map(([number, owner, how]) => [number, owner, how?.replace(/^[\d:]+ [AP]M /, "")])).toEqual([
    ["(202) 555-0131", "River Testerly", "entered by staff"],
  ]);
  const events = await clinic.db.all(sql`SELECT actor, details FROM audit WHERE action = 'opt_out.recorded'`);
  const details = '{"source":"staff","channel":"sms","purpose":"all"}';
  expect(events).toEqual([{ actor: "staff:desk@commonground.example", details }]);
});

test("a number that is none is refused and nothing is stored; what was typed stays in the form", async () => {
  const clinic = await desk.addTenant();
  for (const phone of ["", "12", "call me", "+1202555013100000000"]) {
    const refused = await fay.post(`/t/${clinic.slug}/opt-outs`, { phone, purpose: "marketing" });
    expect(refused.status).toBe(400);
    expect(fieldsOf(await refused.text(), "form[action$=opt-outs]")).toEqual({ phone, purpose: "marketing" });
  }
  expect(await clinic.db.all(sql`SELECT 1 FROM opt_outs`)).toEqual([]);
});

test("only who answers for the messages lifts an opt-out, with a reason that the audit keeps; it happens once", async () => {
  const clinic = await withPlanned("+12025550132");
  const path = `/t/${clinic.slug}/opt-outs`;
  await fay.post(path, { phone: "202-555-0132" });
  const [stop] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM opt_outs`);
  const lift = `${path}/${stop?.id}/lift`;
  expect((await fay.post(lift, { reason: "asked_in_person" })).status).toBe(403);
  expect((await lead.post(lift, { reason: "because Ms Testerly said so" })).status).toBe(400);
  const done = await Promise.all(
    [0, 1].map(async () => (await lead.post(lift, { reason: "asked_in_person" })).headers.get("location")),
  );
  expect(done.sort()).toEqual([`${path}?done=gone`, `${path}?done=opt-out-lifted`]);
  const events = await clinic.db.all(sql`SELECT actor, details FROM audit WHERE action = 'opt_out.ended'`);
  expect(events).toEqual([{ actor: "staff:lead@commonground.example", details: '{"reason":"asked_in_person"}' }]);
  expect(rowsOf(await (await lead.get(path)).text())).toEqual([]);
  expect(rowsOf(await (await lead.get(`${path}?show=ended`)).text())).toHaveLength(1);
});

test("what somebody wrote to stop is shown to who may lift it, as written, and each look is in the audit", async () => {
  const clinic = await addLine(desk, "+12025550198");
  const words = "please <b>stop</b> texting me, I am River's sister";
  await clinic.push(todayIn(), [seenVisit({ phone: "+12025550133", status: "Confirmed" })]);
  await clinic.text("+12025550133", words);
  await clinic.text("+12025550134", "STOP");
  const path = `/t/${clinic.slug}/opt-outs`;
  const [stop] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM opt_outs ORDER BY at, id`);
  const list = await (await lead.get(path)).text();
  expect(list).toContain(`href="${path}/${stop?.id}"`);
  expect(list).not.toContain("sister");
  expect(await (await fay.get(path)).text()).not.toContain("What they wrote");
  expect((await fay.get(`${path}/${stop?.id}`)).status).toBe(403);
  expect(await clinic.db.all(sql`SELECT 1 FROM audit WHERE action = 'opt_out.read'`)).toEqual([]);
  const page = await (await lead.get(`${path}/${stop?.id}`)).text();
  expect(page).toContain("please &lt;b&gt;stop&lt;/b&gt; texting me, I am River&#39;s sister");
  expect(mainOf(page)).toContain("River Testerly");
  expect(await clinic.db.all(sql`SELECT actor, entity_id AS id FROM audit WHERE action = 'opt_out.read'`)).toEqual([
    { actor: "staff:lead@commonground.example", id: stop?.id },
  ]);
  expect((await lead.get(`${path}/opt_none`)).status).toBe(404);
});

test("a made-up cursor opens no page of the list [BAD-72]", async () => {
  const clinic = await desk.addTenant();
  for (const before of ["1", "1700000000000.opt_x", "1700000000000.opt_1' OR '1'='1"]) {
    const path = `/t/${clinic.slug}/opt-outs?${new URLSearchParams({ before })}`;
    expect((await lead.get(path)).status).toBe(400);
  }
});

test("a long list comes in pages that miss and repeat nobody", async () => {
  const clinic = await desk.addTenant();
  const now = Date.now();
  const rows = JSON.stringify(Array.from({ length: 120 }, (_, one) => one));
  await clinic.db.run(sql`INSERT INTO opt_outs (id, address_key, channel, source, at)
    SELECT 'opt_' || printf('%032x', value), 'key-' || value, 'sms', 'keyword', ${now} - value / 10 FROM json_each(${rows})`);
  const sizes: number[] = [];
  let path: string | undefined = `/t/${clinic.slug}/opt-outs`;
  while (path) {
    const html: string = await (await lead.get(path)).text();
    sizes.push(rowsOf(html).length);
    path = /href="([^"]*before=[^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
  }
  expect(sizes).toEqual([50, 50, 20]);
});
