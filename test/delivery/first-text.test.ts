import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Desk, eventually, startDesk } from "../harness.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

test("a visit that was seen leads to one text with a link, and pushing it again to no second one [ASK-31]", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  const visit = seenVisit({ phone: "+12025550101" });
  expect(await (await clinic.push(todayIn(), [visit])).json()).toMatchObject({
    outcomes: [{ row: 0, outcome: "created" }],
    snapshot: "applied",
  });
  await desk.edge.cron();
  const [text] = await eventually(async () => {
    const messages = desk.twilio.messages("+12025550101");
    return messages.length > 0 && messages;
  });
  expect(text?.body).toMatch(/^Common Ground: how was your visit\?.*http:\/\/localhost:\d+\/s\/[\w-]{28} Reply STOP/);
  expect(await (await clinic.push(todayIn(), [visit])).json()).toMatchObject({ outcomes: [{ outcome: "unchanged" }] });
  await desk.edge.cron();
  await eventually(async () => {
    const [touch] = await clinic.db.all<{ status: string }>(sql`SELECT status FROM touches`);
    return touch?.status === "delivered";
  });
  expect(desk.twilio.messages("+12025550101")).toHaveLength(1);
});
