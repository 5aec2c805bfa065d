import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../../scraper/browser.ts";
import { eventually } from "../harness.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";
import { clinicDay, type DayClinic, mainOf, rowsOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, signInWith, startConsole } from "./sign-in.ts";

let desk: ConsoleDesk;
let clinic: DayClinic;
let fay: Awaited<ReturnType<typeof signIn>>;
beforeAll(async () => {
  desk = await startConsole();
  clinic = await clinicDay(desk);
  fay = await signIn(desk, "front_desk");
});
afterAll(() => desk?.close());

const open = async (path: string) => (await fay.get(path)).text();

test("the day says of every visit, in a front desk's words, what was said to its patient and what came back", async () => {
  const rows = rowsOf(await open(`/t/${clinic.slug}/today`));
  const states = Object.fromEntries(rows.map(([, patient, , state]) => [patient?.replace(/ born.*/, ""), state]));
  const first = states["Delia Delivered"] === "asked, delivered" ? "Delia Delivered" : "Finn Delivered";
  const second = first === "Delia Delivered" ? "Finn Delivered" : "Delia Delivered";
  expect(states).toEqual({
    [first]: "asked, delivered",
    [second]: "not asked: number was texted today",
    "Anna Answered": "answered",
    "Nora Nophone": "not asked: no phone",
    "Lana Landline": "not delivered: not a valid phone number",
    "Uma Unreachable": "not delivered: number not in use",
    "Otto Othertype": "not asked: visit type not surveyed",
    "Paul Provider": "not asked: provider not surveyed",
    "Bea Booked": "will be asked once seen",
    "Bo Bookedtoo": "cannot be asked: no phone",
    "Cara Cancelled": "not asked: cancelled",
    "Ned Noshow": "not asked: did not come",
  });
  expect(rows.find((row) => row[1]?.startsWith("Finn"))?.[1]).toBe("Finn Delivered born May 4, 2012");
});

test("each visit is in one of the lists, the lists say how many they hold, and choosing one shows just those", async () => {
  const html = await open(`/t/${clinic.slug}/today`);
  const counts = Object.fromEntries(
    [...mainOf(html).matchAll(/(All|To ask|Asked|Answered|Not asked|Needs a look) (\d+)/g)].map(([, key, n]) => [
      key,
      Number(n),
    ]),
  );
  expect(counts).toEqual({ All: 12, "To ask": 1, Asked: 1, Answered: 1, "Not asked": 6, "Needs a look": 3 });
  const attention = rowsOf(await open(`/t/${clinic.slug}/today?show=attention`)).map(
    ([, patient]) => patient?.split(" ")[0],
  );
  expect(attention.sort()).toEqual(["Bo", "Lana", "Uma"]);
  expect((await fay.get(`/t/${clinic.slug}/today?show=everything`)).status).toBe(400);
  expect((await fay.get(`/t/${clinic.slug}/today?on=2026-02-30`)).status).toBe(400);
});

test("a message that waits says until when, and why", async () => {
  const closed = await desk.addTenant({
    settings: { office: { ...openAllDay, windowOpens: "09:00", closedDays: [todayIn()] } },
  });
  await closed.push(todayIn(), [seenVisit()]);
  await desk.strike(closed);
  const state = await eventually(async () => {
    const [row] = rowsOf(await open(`/t/${closed.slug}/today`));
    return row?.[3]?.includes("closed") && row[3];
  });
  expect(state).toBe("will be asked tomorrow 9:00 AM clinic closed today");
});

test("how old the data is stands on the page; a schedule that was not read lately is an alarm on it", async () => {
  expect(mainOf(await open(`/t/${clinic.slug}/today`))).toContain("Schedule read just now.");
  const fresh = await desk.addTenant();
  expect(mainOf(await open(`/t/${fresh.slug}/today`))).toContain("The schedule has never been read. Texts wait");
  await fresh.push(todayIn(), [seenVisit()]);
  await fresh.db.run(sql`UPDATE snapshots SET finished_at = finished_at - ${30 * 3_600_000}`);
  expect(mainOf(await open(`/t/${fresh.slug}/today`))).toContain("last read 30 hours ago. Texts wait");
});

test("opening a day leaves an event with who opened it; asking whether it changed names nobody and leaves none", async () => {
  const reads = () =>
    clinic.db.all(sql`SELECT actor, entity_id, details FROM audit WHERE action = 'schedule.read' ORDER BY seq DESC`);
  const before = await reads();
  await open(`/t/${clinic.slug}/today?on=${todayIn()}`);
  const after = await reads();
  expect(after).toHaveLength(before.length + 1);
  expect(after[0]).toEqual({
    actor: "staff:desk@commonground.example",
    entity_id: todayIn(),
    details: '{"patients":12,"numbers":0}',
  });
  const version = await open(`/t/${clinic.slug}/today/version?on=${todayIn()}`);
  expect(version).toMatch(/^[\d.-]+$/);
  expect(await reads()).toHaveLength(after.length);
});

test("an open page shows what happens by itself, keeps its filter, and leaves when the session ends", async () => {
  const own = await desk.addTenant({ settings: { office: openAllDay } });
  await own.push(todayIn(), [
    seenVisit({ status: "Confirmed" }),
    seenVisit({ patientName: "QUINN QUIET", phone: "+12025550177" }),
  ]);
  const browser = await launchBrowser();
  const page = await (await browser.newContext()).newPage();
  await signInWith(page, desk, "clinic_lead", `/t/${own.slug}/today`);
  await page.getByText("will be asked once seen").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("river");
  await own.push(todayIn(), [seenVisit(), seenVisit({ patientName: "QUINN QUIET", phone: "+12025550177" })]);
  await desk.strike(own);
  await page.locator("tr", { hasText: "River" }).getByText("asked, delivered").waitFor();
  expect(await page.locator("tbody tr:visible").count()).toBe(1);
  expect(await page.getByLabel("Find on this page").inputValue()).toBe("river");
  await desk.directory.run(sql`DELETE FROM sessions WHERE name = 'Carl Lindt'`);
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Who are you today?" }).waitFor();
  await browser.close();
});

test("a person whose row does not open takes nobody else off the page", async () => {
  const before = rowsOf(await open(`/t/${clinic.slug}/today`));
  await clinic.db.run(sql`UPDATE patients SET sealed = (SELECT sealed FROM patients AS other WHERE other.id <> patients.id
    ORDER BY id LIMIT 1) WHERE id = (SELECT id FROM patients ORDER BY id DESC LIMIT 1)`);
  const names = (rows: string[][]) => rows.map(([, patient]) => patient?.replace(/ born.*/, ""));
  const [now, then] = [names(rowsOf(await open(`/t/${clinic.slug}/today`))), names(before)];
  expect(now).toHaveLength(12);
  expect(now.filter((name) => then.includes(name))).toHaveLength(11);
});
