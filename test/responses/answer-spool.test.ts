import { sql } from "drizzle-orm";
import { Hono } from "hono";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EnvSchema } from "../../edge/env.ts";
import type { AppEnv } from "../../edge/http.ts";
import { createLog } from "../../edge/log.ts";
import { surveyRoutes } from "../../edge/responses/surveys.ts";
import { type Desk, eventually, startDesk } from "../harness.ts";
import {
  clinicWithLinks,
  expire,
  openTexts,
  post,
  type SurveyClinic,
  storedResponses,
  tokenHash,
} from "./survey-desk.ts";

let desk: Desk;
let clinic: SurveyClinic;
beforeAll(async () => {
  desk = await startDesk({ SENDER_RATE_PER_SECOND: "500" });
  clinic = await clinicWithLinks(desk, 8);
});
afterAll(() => desk?.close());

/** Runs while the store is dead, and brings it back whatever happens. */
async function whileStoreIsDead(act: () => Promise<void>): Promise<void> {
  await desk.sqld.kill();
  try {
    await act();
  } finally {
    await desk.sqld.restart();
  }
}

const answer = { SatisfactionWithService: "Satisfied", ProceedWithMoreQuestions: "No" };

test("answers given while the store is dead are thanked for, and stored once when it is back", async () => {
  const link = clinic.nextLink();
  await whileStoreIsDead(async () => {
    const posts = await Promise.all([post(link, answer), post(link, answer), post(link, answer)]);
    expect(posts.map((each) => each.status)).toEqual([303, 303, 303]);
    const done = await fetch(desk.edge.url + posts[0]?.headers.get("location"));
    expect([done.status, await done.text()]).toEqual([200, expect.stringContaining("Your answers are in.")]);
    expect((await fetch(link)).status).toBe(503);
  });
  expect(await storedResponses(clinic)).toEqual([]);
  await Promise.all([desk.edge.cron(), desk.edge.cron()]);
  const stored = await storedResponses(clinic);
  expect(stored.map((row) => row.answers)).toEqual([answer]);
  expect(await (await post(link, answer)).text()).toContain("Your answers are already in");
});

test("the spool hands over by its own alarm, without the clock, both pages in order", async () => {
  const link = clinic.nextLink();
  const before = (await storedResponses(clinic)).map((row) => row.id);
  await whileStoreIsDead(async () => {
    await post(link, { ProceedWithMoreQuestions: "Yes" });
    const more = { HowDidYouHearAboutBHUC: "Other", HowDidYouHearAboutBHUC_Other: "a poster" };
    expect((await post(`${link}/more`, more)).status).toBe(303);
  });
  const stored = await eventually(async () => {
    const rows = await storedResponses(clinic);
    return rows.find((row) => !before.includes(row.id) && row.status === "completed");
  }, 40_000);
  expect(stored.answers).toEqual({ ProceedWithMoreQuestions: "Yes", HowDidYouHearAboutBHUC: "Other" });
  expect(await openTexts(desk, clinic, stored)).toEqual({ HowDidYouHearAboutBHUC_Other: "a poster" });
});

test("an answer that was given in time counts even if the link has run out before the store came back", async () => {
  const link = clinic.nextLink();
  const before = (await storedResponses(clinic)).length;
  await whileStoreIsDead(async () => {
    expect((await post(link, answer)).status).toBe(303);
  });
  await clinic.db.run(sql`UPDATE invite_links SET expires_at = ${Date.now()} WHERE token_hash = ${tokenHash(link)}`);
  await desk.edge.cron();
  expect(await storedResponses(clinic)).toHaveLength(before + 1);
});

test("an answer to a link that was not open is not stored later either, and somebody is told", async () => {
  const link = clinic.nextLink();
  const before = await storedResponses(clinic);
  await expire(clinic, link);
  await whileStoreIsDead(async () => {
    expect((await post(link, answer)).status).toBe(303);
  });
  await desk.edge.cron();
  expect(await storedResponses(clinic)).toEqual(before);
  const alarms = await clinic.db.all(sql`SELECT code, detail FROM alarms WHERE code = 'spooled_answer_rejected'`);
  expect(alarms).toEqual([{ code: "spooled_answer_rejected", detail: '{"reason":"not_open"}' }]);
});

test("with the store frozen, an answer is still safe and thanked for within six seconds", async () => {
  const link = clinic.nextLink();
  desk.sqld.pause();
  const began = performance.now();
  try {
    expect((await post(link, answer)).status).toBe(303);
    expect(performance.now() - began).toBeLessThan(6_000);
  } finally {
    desk.sqld.resume();
  }
});

test("while the store is dead, a made-up link, a wrong answer and a strange form are still refused", async () => {
  const link = clinic.nextLink();
  await whileStoreIsDead(async () => {
    const madeUp = link.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    expect((await post(madeUp, answer)).status).toBe(404);
    expect((await post(link, { SatisfactionWithService: "Ecstatic" })).status).toBe(400);
    expect((await post(link, answer, {}, [])).status).toBe(400);
  });
});

test("if the spool fails too, the form comes back with what was typed and asks to try again", async () => {
  const link = clinic.nextLink();
  const app = new Hono<AppEnv>();
  const broken = { idFromName: () => "id", get: () => ({ fetch: () => Promise.reject(new Error("no disk")) }) };
  const env = {
    ...EnvSchema.parse({ ...desk.edge.settings, STORE_URL: "http://127.0.0.1:9" }),
    ANSWER_SPOOL: broken,
    RATE_BUCKET: broken,
  };
  app.use(async (c, next) => {
    c.set("env", env as never);
    c.set("now", Date.now);
    c.set("requestId", "test");
    c.set("log", createLog());
    await next();
  });
  app.route("/s", surveyRoutes);
  const body = new URLSearchParams({ "form-version": "common-ground@1", ...answer });
  const reply = await app.request(link, { method: "POST", body });
  expect(reply.status).toBe(503);
  expect(reply.headers.get("retry-after")).toBe("60");
  const html = await reply.text();
  expect(html).toContain("We could not save your answers just now");
  expect(html).toMatch(/value="Satisfied" checked/);
  expect((await fetch(link)).status).toBe(200);
});
