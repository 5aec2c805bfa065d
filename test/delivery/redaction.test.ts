import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { addLine, alarmsOf, postAsTwilio } from "../clinic-line.ts";
import { type Desk, startDesk } from "../harness.ts";
import { DEFAULT_TUNING } from "../sandbox/twilio/account.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk({ RECONCILE_AFTER_SECONDS: "1" });
});
afterEach(() => desk?.twilio.tune(DEFAULT_TUNING));
afterAll(() => desk?.close());

test.each([
  ["words are left out", { redactedBody: "" }, "+12025550176", "+12025550136"],
  ["words are a placeholder", { redactedBody: "This message's content is not kept." }, "+12025550177", "+12025550137"],
  ["words and numbers are hidden", { redactsNumbers: true, redactedBody: "" }, "+12025550179", "+12025550139"],
] as const)(
  "where %s in the carrier's list, a hand-over in doubt is never repeated: staff decide, and a late callback settles it [ASK-34]",
  async (_, redaction, line, phone) => {
    const clinic = await addLine(desk, line);
    desk.twilio.script(phone, "accept-then-reset", "accept");
    desk.twilio.tune({ ...redaction, callbacks: "none" });
    await clinic.pushVisits([{ phone }]);
    const [touch] = await clinic.until("parked");
    expect(touch).toMatchObject({ reason: "not_comparable" });
    expect(clinic.said(phone)).toHaveLength(1);
    expect(await alarmsOf(clinic)).toContain("touch_parked");
    const [message] = desk.twilio.messages(phone);
    await postAsTwilio(desk, message?.statusCallback ?? "", {
      MessageSid: message?.sid ?? "",
      MessageStatus: "delivered",
      AccountSid: desk.twilio.accountSid,
    });
    expect(await clinic.touches()).toMatchObject([{ status: "delivered", reason: null }]);
    expect(clinic.said(phone)).toHaveLength(1);
  },
);

test("another text to the same number that is known by its id or its words leaves no doubt: what was never taken goes out [ASK-34]", async () => {
  const clinic = await addLine(desk, "+12025550180", { settings: { ask: { onePerPhonePerDay: false } } });
  const phone = "+12025550140";
  desk.twilio.script(phone, "accept", "reset", "accept");
  await clinic.pushVisits([{ phone }]);
  await clinic.until("delivered");
  await clinic.pushVisits([{ phone }, { phone }]);
  await clinic.until("delivered");
  expect(await clinic.db.all(sql`SELECT DISTINCT action FROM audit WHERE action = 'touch.unknown'`)).toHaveLength(1);
  expect(clinic.said(phone)).toHaveLength(2);
});
