import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { activate, addRemindingLine, pushVisits, reminder, visitIn } from "../engagement/nudge-line.ts";
import { operate } from "../operations/command.ts";
import { mainOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole } from "./sign-in.ts";

let desk: ConsoleDesk;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
});
afterAll(() => desk?.close());

test("a patient's page names the nudge of each message, and says of every nudge at work what it would do now and why not", async () => {
  const clinic = await addRemindingLine(desk, "+12025550190");
  await activate(desk, clinic, reminder());
  await activate(
    desk,
    clinic,
    reminder({
      code: "only-new",
      name: "Only unconfirmed",
      audience: { kind: "appointment_reminder", statuses: ["pending"] },
    }),
  );
  await activate(desk, clinic, reminder({ code: "late", name: "Shortly before" }, { offsetHours: -1 }));
  const shopping = { kind: "purchase_aggregate", lastDaysAgo: { from: 1, to: 5 }, link: "source" };
  await activate(
    desk,
    clinic,
    reminder({ code: "bought", name: "After buying", audience: shopping }, { anchor: "purchase", offsetHours: 24 }),
  );
  await pushVisits(clinic, [visitIn(150, { phone: "+12025550191" })]);
  await clinic.until("planned");
  const [patient] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM patients`);
  const lead = await signIn(desk, "clinic_lead");
  const page = mainOf(await (await lead.get(`/t/${clinic.slug}/why/${patient?.id}`)).text());
  expect(page).toContain("Visit reminder, step 1: has its message already");
  expect(page).toContain("Only unconfirmed, step 1: would not be written: visit's status not meant");
  expect(page).toContain("Shortly before, step 1: fits; its time has not come yet");
  expect(page).toContain("After buying, step 1: would not be written: not in the audience");
  expect(page).toMatch(/Visit reminder, step 1 .*planned for/);
  const explained = await operate(desk, "nudge", "explain", clinic.slug, patient?.id ?? "");
  const lines = (explained.document as { code: string; outcome: string; reason: string | null }[]).map(
    ({ code, outcome, reason }) => `${code} ${outcome} ${reason}`,
  );
  expect([explained.exit, lines]).toEqual([
    0,
    ["bought no not_in_audience", "late later null", "only-new no other_status", "reminder known null"],
  ]);
  const listed = await operate(desk, "nudge", "list", clinic.slug);
  expect(
    (listed.document as { code: string; status: string }[]).map(({ code, status }) => `${code} ${status}`),
  ).toEqual(["bought active", "late active", "only-new active", "reminder active"]);
  const previewed = await operate(desk, "nudge", "preview", clinic.slug, "only-new");
  expect(previewed.document).toMatchObject({ steps: [{ now: 0, later: 0, out: { other_status: 1 } }] });
  expect((await operate(desk, "nudge", "preview", clinic.slug, "none")).exit).toBe(1);
});
