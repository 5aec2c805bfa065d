import { AxeBuilder } from "@axe-core/playwright";
import { sql } from "drizzle-orm";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../../scraper/browser.ts";
import { reminder, saveNudge, visitIn } from "../engagement/nudge-line.ts";
import { booking, inDays, person, pushImport } from "../imports.ts";
import { openVisitLink, press } from "../responses/visit-desk.ts";
import { clinicDay, type DayClinic } from "./clinic-day.ts";
import { writeMailedBuy } from "./media-buy-rows.ts";
import { type ConsoleDesk, signInWith, startConsole } from "./sign-in.ts";

let desk: ConsoleDesk;
let clinic: DayClinic;
let browser: Browser;
let paths: string[];
beforeAll(async () => {
  browser = await launchBrowser();
  desk = await startConsole();
  clinic = await clinicDay(desk);
  await addTrouble();
  const patients = await clinic.db.all<{ id: string }>(sql`SELECT DISTINCT patient_id AS id FROM touches
    WHERE status IN ('delivered', 'skipped', 'parked') OR kind = 'survey_invite' ORDER BY patient_id LIMIT 3`);
  const buyId = await writeMailedBuy(clinic);
  const pages = [
    "today",
    "why",
    "opt-outs",
    "consents",
    "texts",
    "pause",
    "parked",
    "imports",
    "audit",
    "nudges",
    "nudges/new",
    "nudges/reminder",
    "nudges/reminder/edit",
    "calls",
    "media-buys",
    `media-buys/${buyId}`,
    "nudges/reminder/preview",
    "nudges/reminder/messages",
    ...patients.map(({ id }) => `why/${id}`),
  ];
  paths = ["/", ...pages.map((page) => `/t/${clinic.slug}/${page}`), `/t/${clinic.slug}/today?on=2020-01-01`];
});
afterAll(async () => {
  await browser?.close();
  await desk?.close();
});

/** Something to show on every page: a nudge, a stop, a pause, a message in doubt, one that waits, an import with oddities. */
async function addTrouble(): Promise<void> {
  const step = { channel: "sms", anchor: "appointment_start", offsetHours: -24, template: "survey-reminder" };
  await saveNudge(desk, clinic, reminder({ category: "care", holdoutPercent: 10, steps: [step] }));
  const ahead = visitIn(1000, { patientName: "AHEAD ALBERT", phone: clinic.phoneOf("landline") });
  const asking = { ...ahead, patientName: "ASKING ANNA" };
  await clinic.push(ahead.startsAt.slice(0, 10), [ahead, asking]);
  await clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, appointment_id, nudge_id, office_id, channel,
      template_key, template_version, status, reason, due_at, not_after_at, created_at, updated_at)
    SELECT 'tch_ahead', 'ahead', 'nudge', appointments.patient_id, appointments.id, nudges.id, office_id, 'sms', 'survey-reminder',
      1, 'skipped', 'landline', 1, 1, ${Date.now()}, 1 FROM appointments, nudges WHERE appointments.starts_at > ${Date.now()}
    ORDER BY appointments.id LIMIT 1`);
  const [other] = await clinic.db.all<{ id: string }>(
    sql`SELECT id FROM appointments WHERE starts_at > ${Date.now()} ORDER BY id DESC LIMIT 1`,
  );
  const link = await openVisitLink(desk, clinic, other?.id ?? "");
  await press(link, { wish: "morning", words: "Not on Mondays" }, `${link}/time`);
  await press(link);
  const [first, second] = await clinic.db.all<{ id: string; address_key: string }>(
    sql`SELECT id, address_key FROM touches WHERE status = 'delivered' ORDER BY id`,
  );
  await clinic.db.batch([
    clinic.db.run(sql`INSERT INTO opt_outs (id, address_key, channel, source, at)
      VALUES ('opt_1', ${first?.address_key}, 'sms', 'keyword', ${Date.now()})`),
    clinic.db.run(sql`INSERT INTO consents (id, address_key, channel, purpose, wording, source, at)
      VALUES ('cst_1', ${first?.address_key}, 'sms', 'marketing', 'Offers by text', 'form', ${Date.now()})`),
    clinic.db.run(sql`INSERT INTO pauses (id, kind, reason, by, created_at)
      VALUES ('pse_1', 'survey_reminder', 'New wording on its way', 'staff:lead@commonground.example', ${Date.now()})`),
    clinic.db.run(sql`UPDATE touches SET status = 'parked', reason = 'in_doubt' WHERE id = ${second?.id}`),
    clinic.db.run(sql`UPDATE touches SET status = 'planned', kind = 'survey_reminder', reason = NULL, due_at = ${Date.now() + 3_600_000}
      WHERE status = 'skipped' AND reason = 'already_texted'`),
  ]);
  const numbers = [1, 2, 3, 4, 5, 6];
  const visits = [...numbers.map((number) => booking(number, inDays(number))), booking(1, "not a time")];
  const people = numbers.map((number) => person(number, { mobilePhone: "none" }));
  const odd = booking(9, "2027-03-14T02:30", { patientSourceId: "p1", status: "Tentative" });
  await pushImport(clinic, { patient: people, appointment: [...visits, odd] });
  const scope = { appointmentsFrom: inDays(-1).slice(0, 10), appointmentsTo: inDays(30).slice(0, 10) };
  await pushImport(clinic, { appointment: [] }, { scope });
}

test("no page of the console has an accessibility fault or scrolls sideways, on a phone or a desk, light or dark", async () => {
  const faults: string[] = [];
  for (const [width, colorScheme] of [
    [390, "dark"],
    [1280, "light"],
  ] as const) {
    const page = await (await browser.newContext({ viewport: { width, height: 860 }, colorScheme })).newPage();
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await signInWith(page, desk, "admin", `/t/${clinic.slug}/today`);
    for (const path of paths) {
      await page.goto(desk.edge.url + path);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      const found = [...violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`), ...complaints.splice(0)];
      if (sideways) found.push("scrolls sideways");
      faults.push(...found.map((fault) => `${width} ${colorScheme} ${path}: ${fault}`));
    }
    await page.context().close();
  }
  expect(faults).toEqual([]);
}, 360_000);

test("by keyboard alone: the first stop skips to the page, `/` goes to the search, focus can be seen", async () => {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 860 } })).newPage();
  await signInWith(page, desk, "front_desk", `/t/${clinic.slug}/today`);
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the page");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  await page.keyboard.press("/");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("filter");
  await page.keyboard.type("paul");
  expect(await page.locator("tbody tr:visible").count()).toBe(1);
  await page.keyboard.press("Tab");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle);
  expect(outline).toBe("solid");
  await page.context().close();
});
