import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clinic, type Desk, startDesk } from "../harness.ts";
import {
  clinicWithLinks,
  post,
  type SurveyClinic,
  storedResponses,
  textedClinic,
  tokenHash,
  tokenOf,
} from "./survey-desk.ts";

const PEOPLE = 18;

let desk: Desk;
let clinic: SurveyClinic;
/** In the order in which they answered. */
const answered: { link: string; value: string }[] = [];

beforeAll(async () => {
  desk = await startDesk({ SENDER_RATE_PER_SECOND: "500" });
  clinic = await textedClinic(desk, PEOPLE);
  const values = ["Very Unsatisfied", "Unsatisfied", "Neutral", "Satisfied", "Very Satisfied"];
  for (let i = 0; i < PEOPLE; i += 1) {
    const [link, value] = [clinic.nextLink(), values[i % 5] ?? ""];
    await post(link, { SatisfactionWithService: value, ProceedWithMoreQuestions: i % 3 === 0 ? "Yes" : "No" });
    if (i % 3 === 0) {
      const more = { HowDidYouHearAboutBHUC: "Other", HowDidYouHearAboutBHUC_Other: `poster ${i}` };
      await post(`${link}/more`, more);
    }
    answered.push({ link, value });
  }
});
afterAll(() => desk?.close());

type Row = Record<string, unknown>;

/** The whole database, as somebody with a copy of it reads it. */
async function dump(of: Clinic): Promise<Record<string, Row[]>> {
  const tables = await of.db.all<{ name: string }>(sql`SELECT name FROM sqlite_master WHERE type = 'table'`);
  const entries = tables.map(async ({ name }) => [name, await of.db.all(sql`SELECT * FROM ${sql.identifier(name)}`)]);
  return Object.fromEntries(await Promise.all(entries));
}

/** Every value of an answer's row that also stands somewhere else, except words that all answers share. */
function sharedValues(tables: Record<string, Row[]>): string[] {
  const { responses = [], ...others } = tables;
  const elsewhere = JSON.stringify(others);
  const shared = ["survey_id", "survey_version", "locale", "status", "week_on"];
  return responses.flatMap((row) =>
    Object.entries(row)
      .filter(([column, value]) => !shared.includes(column) && value !== null && String(value).length > 2)
      .filter(([, value]) => elsewhere.includes(JSON.stringify(value).slice(1, -1)))
      .map(([column]) => column),
  );
}

test("no value of an anonymous answer stands anywhere else in the database, so no key joins the two", async () => {
  const tables = await dump(clinic);
  expect(tables.responses).toHaveLength(PEOPLE);
  expect(sharedValues(tables)).toEqual([]);
  const answers = JSON.stringify(tables.responses);
  for (const { link } of answered) {
    expect(JSON.stringify(tables)).not.toContain(tokenOf(link));
    expect(answers).not.toContain(tokenHash(link));
  }
});

test("the same search does find the way from an identified answer to its invite", async () => {
  const own = await textedClinic(desk, 1, { ask: { surveyId: "visit-follow-up" } });
  await post(
    own.nextLink(),
    [
      ["form-version", "visit-follow-up@1"],
      ["feelingNow", "same"],
    ],
    {},
    [],
  );
  expect(sharedValues(await dump(own))).toEqual(expect.arrayContaining(["invite_id", "patient_id"]));
});

test("anonymous answers lie in the order of their random ids: there is no row number and no order of arrival", async () => {
  await expect(clinic.db.all(sql`SELECT rowid FROM responses`)).rejects.toThrow();
  const stored = await storedResponses(clinic);
  const ids = stored.map((row) => row.id);
  expect(ids).toEqual([...ids].sort());
  const arrival = answered.map((each) => each.value);
  const lying = stored.map((row) => row.answers.SatisfactionWithService);
  expect(lying).not.toEqual(arrival);
  expect([...lying].reverse()).not.toEqual(arrival);
});

test("no instant is kept with an anonymous answer, nor beside it: only the week", async () => {
  const { responses = [] } = await dump(clinic);
  const numbers = responses.flatMap((row) => Object.values(row).filter((value) => typeof value === "number"));
  expect(new Set(numbers)).toEqual(new Set([1])); // the survey's version
  expect(new Set(responses.map((row) => row.week_on)).size).toBe(1);
  expect(responses.every((row) => row.submitted_at === null && row.invite_id === null && row.patient_id === null)).toBe(
    true,
  );
});

test("the audit names the invite alone, and page 2 leaves no trace outside the answer", async () => {
  const own = await clinicWithLinks(desk, 1);
  const link = own.nextLink();
  await post(link, { ProceedWithMoreQuestions: "Yes" });
  const { responses: first, ...before } = await dump(own);
  expect((await post(`${link}/more`, { WaitingRoomTimeExperience: "Too long" })).status).toBe(303);
  const { responses: second, ...after } = await dump(own);
  expect(after).toEqual(before);
  expect(second).not.toEqual(first);
  const events = before.audit?.filter((event) => event.action === "invite.answered");
  expect(events).toMatchObject([{ actor: "patient", details: "{}" }]);
});

test("logs hold no answer, no token and no id of an answer", async () => {
  const logs = desk.edge.logs.join("\n");
  for (const { id } of await storedResponses(clinic)) expect(logs).not.toContain(id);
  for (const { link } of answered) expect(logs).not.toContain(tokenOf(link));
  expect(logs).not.toMatch(/Satisfied|poster|SatisfactionWithService/);
});
