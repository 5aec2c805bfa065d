import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { seedDay } from "./practice-fusion/seed-day.ts";
import { type PracticeFusion, startPracticeFusion } from "./practice-fusion/start.ts";

let ehr: PracticeFusion;
const texts: string[] = [];
beforeAll(async () => {
  ehr = await startPracticeFusion({
    account: { username: "frontdesk", password: "correct horse" },
    sendText: (text) => texts.push(text),
    delays: { codeMs: 0, rowsMs: 0 },
  });
});
afterAll(() => ehr?.close());
beforeEach(() => ehr.reset());

const address = (path: string) => new URL(path, ehr.url);
const control = (body: unknown) =>
  fetch(address("/control"), {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
const rows = async (on: string) => {
  const token = ehr.openSession();
  const headers = { "x-token": token, cookie: `session=${token}` };
  return (await fetch(address(`/api/schedule?on=${on}&all=true`), { headers })).json();
};

test("a seeded day is the same every time, differs from the next, and its people cannot exist", () => {
  expect(seedDay("2025-11-20")).toEqual(seedDay("2025-11-20"));
  expect(seedDay("2025-11-20")).not.toEqual(seedDay("2025-11-21"));
  const visits = ["2025-11-20", "2026-02-28"].flatMap((on) => seedDay(on, 40));
  for (const phone of visits.flatMap((visit) => visit.phones))
    expect(phone).toMatch(/^[MH]\. \(202\) 555-01\d\d( ext 22)?$/);
  expect(visits.some((visit) => visit.phones.length === 0)).toBe(true);
  for (const { startsAt } of visits) expect(startsAt >= "08:00" && startsAt < "22:00").toBe(true);
});

test("switches, clock and rows of a day are set over HTTP, and what was set is shown", async () => {
  const [visit] = seedDay("2025-11-20");
  expect((await control({ switches: { printStale: "page" }, days: { "2025-11-20": [visit] } })).status).toBe(204);
  expect(await rows("2025-11-20")).toEqual([visit]);
  expect(await rows("2025-11-21")).toEqual(seedDay("2025-11-21"));
  await control({ clockAt: Date.UTC(2025, 10, 21, 4, 30) });
  expect(await (await fetch(address("/api/boot"))).json()).toMatchObject({ today: "2025-11-20" });
  expect(await (await fetch(address("/control"))).json()).toMatchObject({ switches: { printStale: "page" } });
});

test("a switch that does not exist is refused", async () => {
  expect((await control({ switches: { printStall: true } })).status).toBe(400);
});

test("rows need the session's cookie and its token, and end with it", async () => {
  const token = ehr.openSession();
  const ask = async (headers: Record<string, string>) =>
    (await fetch(address("/api/schedule?on=2025-11-20"), { headers })).status;
  expect(await ask({ "x-token": token })).toBe(401);
  expect(await ask({ cookie: `session=${token}` })).toBe(401);
  expect(await ask({ "x-token": token, cookie: `session=${token}` })).toBe(200);
  await control({ expireSessions: true });
  expect(await ask({ "x-token": token, cookie: `session=${token}` })).toBe(401);
});
