import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Desk, eventually, startDesk } from "../harness.ts";
import { post } from "../responses/survey-desk.ts";
import { seedDay } from "../sandbox/practice-fusion/seed-day.ts";
import type { Visit } from "../sandbox/practice-fusion/world.ts";
import { openAllDay } from "../visits.ts";
import { edgeSettings, scrapeCommand } from "./scrape-command.ts";

const command = scrapeCommand();
let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

const ANSWER = "Zebra crossing by the window was kind";

test("the logs of a whole run, from reading to answer, hold no name, phone, birth date or answer [ASK-28]", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  const seenAt = Temporal.Now.zonedDateTimeISO("America/New_York").subtract({ hours: 2 });
  const day = seenAt.toPlainDate().toString();
  const startsAt = seenAt.toPlainTime().toString({ smallestUnit: "minute" });
  const patient = { patientName: "QUILLA MOCKFORD", birthDate: "1971-12-24", phones: ["M. (202) 555-0177"] };
  const about = { provider: "CNS", type: "CLINICIAN", status: "Seen" };
  const visits: Visit[] = [...seedDay(day), { ...patient, ...about, startsAt, minutes: 30 }];
  command.ehr.set({ days: { [day]: visits } });

  const run = await command.run(["--date", day], edgeSettings(desk.edge.url, clinic));
  expect(run.exit).toBe(0);
  await desk.edge.cron();
  const link = await eventually(async () => /http\S+/.exec(desk.twilio.messages("+12025550177")[0]?.body ?? "")?.[0]);
  const answers = { SatisfactionWithService: "Satisfied", ProceedWithMoreQuestions: "Yes" };
  expect((await post(link, answers)).status).toBe(303);
  const more = { HowDidYouHearAboutBHUC: "Other", HowDidYouHearAboutBHUC_Other: ANSWER };
  expect((await post(`${link}/more`, more)).status).toBe(303);
  await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM responses`)).length > 0);

  const logs = `${run.out}\n${run.err}\n${desk.edge.logs.join("\n")}`;
  expect(run.events.length).toBeGreaterThan(5);
  expect(desk.edge.logs.length).toBeGreaterThan(0);
  const leaked = [...visits.flatMap(privateWords), ANSWER, "Satisfied"].filter((word) => logs.includes(word));
  expect(leaked).toEqual([]);
});

/** All that a log could give a person away by, in each way that it is written. */
function privateWords({ patientName, birthDate, phones }: Visit): string[] {
  const [year, month, day] = birthDate.split("-");
  const numbers = phones.map((phone) => phone.replace(/\D/g, "").slice(0, 10));
  const written = phones.map((phone) => phone.replace(/^[MH]\. /, ""));
  return [...patientName.split(" "), birthDate, `${month}/${day}/${year}`, ...numbers, ...written];
}
