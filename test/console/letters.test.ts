import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addMailingClinic, ask, bring, guest, patientOf, theMailing } from "../delivery/mailing-line.ts";
import { eventually } from "../harness.ts";
import { mainOf, rowsOf } from "./clinic-day.ts";
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

test("a patient's page says whether letters go there and why not; who wants none any more gets none, until a lead lifts it", async () => {
  const clinic = await addMailingClinic(desk, { areValidated: true });
  await bring(desk, clinic, [guest(1), guest(2)], { 1: "Y", 2: "D" });
  const page = async (number: number) =>
    mainOf(await (await fay.get(`/t/${clinic.slug}/why/${await patientOf(clinic, number)}`)).text());
  expect(await page(1)).toContain("letters go here");
  expect(await page(1)).toContain("on the list of a mailing");
  expect(await page(2)).toContain("ask for the unit");
  const path = `/t/${clinic.slug}/why/${await patientOf(clinic, 1)}`;
  for (let turn = 0; turn < 2; turn += 1) {
    const answer = await fay.post(`${path}/letters`, { purpose: "all" });
    expect(answer.headers.get("location")).toBe(`${path}?done=letters-stopped`);
  }
  expect(await page(1)).toMatch(/opted out/);
  expect(await page(1)).toContain("Opt-out recorded");
  expect((await theMailing(desk, clinic)).recipients).toMatchObject({
    mailed: 0,
    reasons: { opted_out: 1, unit_missing: 1 },
  });
  const list = await (await lead.get(`/t/${clinic.slug}/opt-outs`)).text();
  expect(rowsOf(list).map(([what, who]) => [what, who])).toEqual([["Letters", "Test1 Sample"]]);
  const [optOut] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM opt_outs WHERE ended_at IS NULL`);
  await lead.post(`/t/${clinic.slug}/opt-outs/${optOut?.id}/lift`, { reason: "asked_in_person" });
  expect(await page(1)).toContain("letters go here");
});

test("a mailing's page says how its file gets on, and that the printer is to be asked where it may be there", async () => {
  const clinic = await addMailingClinic(desk);
  await bring(desk, clinic, [guest(1)]);
  const { id } = await theMailing(desk, clinic);
  const path = `/t/${clinic.slug}/media-buys/${id}`;
  const page = async () => mainOf(await (await lead.get(path)).text());
  await ask(desk, clinic, "/media-buys/change", { id, to: "committed" });
  await eventually(async () => {
    await desk.strike(clinic);
    return (await clinic.db.all(sql`SELECT 1 FROM deliveries`)).length === 1;
  });
  expect(await page()).toContain("on its way to the printer");
  expect((await lead.post(`${path}/resend`, {})).status).toBe(409);
  await clinic.db.run(sql`UPDATE deliveries SET status = 'in_doubt', error_code = 'unavailable'`);
  expect(await page()).toMatch(/may have fetched the file already.*\(unavailable\)/);
  expect((await lead.post(`${path}/resend`, {})).status).toBe(303);
  expect(await page()).toContain("it is tried again");
});

test("a clinic that has no letters printed shows nothing of them; nobody is stopped who is not there", async () => {
  const clinic = await addMailingClinic(desk, { hasPrinter: false });
  await bring(desk, clinic, [guest(1)]);
  const path = `/t/${clinic.slug}/why/${await patientOf(clinic, 1)}`;
  expect(mainOf(await (await fay.get(path)).text())).not.toContain("Letters");
  expect((await fay.post(`/t/${clinic.slug}/why/pat_${"0".repeat(32)}/letters`, { purpose: "all" })).status).toBe(404);
  expect((await fay.post(`${path}/letters`, { purpose: "some" })).status).toBe(400);
  expect(await clinic.db.all(sql`SELECT 1 FROM opt_outs`)).toEqual([]);
});
