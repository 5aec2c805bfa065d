import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLine } from "../clinic-line.ts";
import { mainOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole } from "./sign-in.ts";

let desk: ConsoleDesk;
let fay: Awaited<ReturnType<typeof signIn>>;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
  fay = await signIn(desk, "front_desk");
});
afterAll(() => desk?.close());

test("a text that no rule answers waits for staff with its sender, as text, until one of them has dealt with it", async () => {
  const clinic = await addLine(desk, "+12025550150", { settings: { ask: { delayMinutes: 600 } } });
  await clinic.pushVisits([{ phone: "+12025550151", patientName: "RIVER TESTERLY" }]);
  await clinic.text("+12025550151", "Can I come <b>Friday</b>?");
  await clinic.text("+12025550152", "please stop texting me");
  await clinic.text("+12025550151", "STOP");
  const path = `/t/${clinic.slug}/texts`;
  const page = await (await fay.get(path)).text();
  const main = mainOf(page);
  expect(main).toContain("(202) 555-0151");
  expect(main).toContain("River Testerly");
  expect(page).toContain("Can I come &lt;b&gt;Friday&lt;/b&gt;?");
  expect(main).toContain("a number no patient has");
  expect(main).toContain("Taken as a plea to stop");
  const ids = await clinic.db.all<{ id: string }>(sql`SELECT id FROM inbound_messages WHERE status = 'received'`);
  expect(ids).toHaveLength(2);
  for (const { id } of ids) {
    expect((await fay.post(`${path}/${id}`)).headers.get("location")).toBe(`${path}?done=text-settled`);
    expect((await fay.post(`${path}/${id}`)).headers.get("location")).toBe(`${path}?done=gone`);
  }
  expect(mainOf(await (await fay.get(path)).text())).toContain("No text waits for you.");
  const events = await clinic.db.all<{ action: string; actor: string }>(sql`SELECT action, actor FROM audit
    WHERE action IN ('texts.read', 'text.settled') ORDER BY seq`);
  const actor = "staff:desk@commonground.example";
  const [read, settled] = [
    { action: "texts.read", actor },
    { action: "text.settled", actor },
  ];
  expect(events).toEqual([read, settled, settled, read]);
});
