import { afterAll, beforeAll, expect, test } from "vitest";
import { post, type SurveyClinic, textedClinic } from "../responses/survey-desk.ts";
import { type ConsoleDesk, signIn, startConsole } from "./sign-in.ts";

let desk: ConsoleDesk;
let clinic: SurveyClinic;
beforeAll(async () => {
  desk = await startConsole();
  clinic = await textedClinic(desk, 7);
});
afterAll(() => desk?.close());

const FORMULA = '=HYPERLINK("http://evil.example")';

async function answer(value: string): Promise<void> {
  const link = clinic.nextLink();
  const page = { SatisfactionWithService: value, LikelihoodToRecommendBHUC: "Likely", ProceedWithMoreQuestions: "Yes" };
  expect((await post(link, page)).status).toBe(303);
  const more = { HowDidYouHearAboutBHUC: "Other", HowDidYouHearAboutBHUC_Other: FORMULA };
  expect((await post(`${link}/more`, more)).status).toBe(303);
}

test("a group under five shows nothing of what was said, and five show their shares", async () => {
  const analyst = await signIn(desk, "analyst");
  const page = async () => (await analyst.get(`/t/${clinic.slug}/surveys`)).text();
  for (let given = 0; given < 4; given += 1) await answer("Very Satisfied");
  const few = await page();
  expect(few).toContain("Fewer than 5 answers");
  expect(few).not.toMatch(/<th scope="row">Very satisfied<\/th>/);
  expect(await (await analyst.get(`/t/${clinic.slug}/surveys.csv`)).text()).not.toContain("Satisfied");
  await answer("Unsatisfied");
  const five = await page();
  expect(five).toMatch(/Asked<\/dt><dd>7<.*Answered<\/dt><dd>5<.*Response rate<\/dt><dd>71%<.*<dd>80%</s);
  expect(five).toMatch(/<th scope="row">Very satisfied<\/th>.*?4 <span class="soft">80%/s);
});

test("an export quotes what a spreadsheet would run, and gives free text only to those who lead [BAD-30]", async () => {
  const csv = async (role: "analyst" | "clinic_lead") => {
    const answer = await (await signIn(desk, role)).get(`/t/${clinic.slug}/surveys.csv`);
    expect(answer.headers.get("content-type")).toContain("text/csv");
    return (await answer.text()).split("\r\n");
  };
  const forLead = await csv("clinic_lead");
  expect(forLead[0]).toMatch(/^week,version,language,status,SatisfactionWithService,/);
  expect(forLead.filter((line) => line.includes("HYPERLINK"))).toHaveLength(5);
  expect(forLead.join("\n")).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
  expect((await csv("analyst")).join("\n")).not.toContain("HYPERLINK");
});
