import { expect, test } from "vitest";
import { PracticeFusionSettings } from "../../scraper/practice-fusion/settings.ts";
import { ehrWorld } from "./ehr-world.ts";
import { expectedRows } from "./expected-rows.ts";

const DAY = "2025-11-20";
const TOTP_WINDOW_MS = 30_000;
const world = ehrWorld();
const attempts = () => world.ehr.seen().attempts.map(({ kind, ok }) => `${kind} ${ok ? "ok" : "refused"}`);
const portalAttempts = () => world.phone.seen().attempts.map(({ kind, ok }) => `${kind} ${ok ? "ok" : "refused"}`);
const SIGNED_IN = ["login ok", "code_request ok", "code ok"];

/** How far a clock must be ahead to show `leftMs` of a one-time password's window left. */
const aheadTo = (leftMs: number) => TOTP_WINDOW_MS - (Date.now() % TOTP_WINDOW_MS) - leftMs;

test("without a session: one login, one code, the session is saved [ASK-2]", async () => {
  const { readings, failure } = await world.run([DAY]);
  expect(failure).toBeUndefined();
  expect(readings[0]?.schedule.rows).toEqual(expectedRows(DAY));
  expect(attempts()).toEqual(SIGNED_IN);
  expect(world.savedSession()).not.toBeNull();
  expect(world.savedSession()).not.toContain("token");
});

test("a valid session touches no login form, and is saved anew", async () => {
  await world.haveSession();
  const before = world.savedSession();
  const { readings } = await world.run([DAY]);
  expect(readings[0]?.schedule.rows).toEqual(expectedRows(DAY));
  expect(attempts()).toEqual([]);
  expect(world.savedSession()).not.toBe(before);
  expect(world.ehr.seen().browserZone).toBe("America/New_York");
});

test("a dead session is found out although the way to the login form is slow: fresh login, one code [ASK-3]", async () => {
  await world.haveSession();
  world.ehr.set({ expireSessions: true, delays: { redirectMs: 3_500 } });
  const { readings, failure } = await world.run([DAY]);
  expect(failure).toBeUndefined();
  expect(readings[0]?.schedule.rows).toEqual(expectedRows(DAY));
  expect(attempts()).toEqual(SIGNED_IN);
});

test("a valid session is known by the schedule link when the usual markers are gone: no code is asked for [ASK-4]", async () => {
  await world.haveSession();
  world.ehr.set({ switches: { noMarkers: true } });
  const { readings } = await world.run([DAY]);
  expect(readings[0]?.schedule.rows).toEqual(expectedRows(DAY));
  expect(attempts()).toEqual([]);
});

test("a wrong password fails within 15 s as bad_credentials, after exactly one attempt, and the old session file stays [ASK-5]", async () => {
  await world.haveSession();
  const before = world.savedSession();
  world.ehr.set({ expireSessions: true, switches: { badPassword: true } });
  const startedAt = Date.now();
  const { failure, readings } = await world.run([DAY]);
  expect(failure).toBe("bad_credentials");
  expect(Date.now() - startedAt).toBeLessThan(15_000);
  expect(attempts()).toEqual(["login refused"]);
  expect(readings).toEqual([]);
  expect(world.savedSession()).toBe(before);
});

test("codes that were on the phone before are ignored, the new one is used [ASK-6]", async () => {
  world.ehr.set({ switches: { codeStale: true } });
  const { readings } = await world.run([DAY]);
  expect(readings).toHaveLength(1);
  expect(attempts()).toEqual(SIGNED_IN);
});

test("a code that takes most of the time allowed is waited for [ASK-7]", async () => {
  // 60 s of 90 s, at a tenth of the scale.
  world.ehr.set({ delays: { codeMs: 6_000 } });
  const { readings } = await world.run([DAY], { limits: { mfaCodeMs: 9_000 } });
  expect(readings).toHaveLength(1);
  expect(attempts()).toEqual(SIGNED_IN);
});

test("a code that never comes ends the run as mfa_timeout, by default after 90 s", async () => {
  world.ehr.set({ switches: { codeNever: true } });
  const startedAt = Date.now();
  const { failure, log } = await world.run([DAY], { limits: { mfaCodeMs: 2_000 } });
  expect(failure).toBe("mfa_timeout");
  expect(Date.now() - startedAt).toBeGreaterThan(2_000);
  expect(log).toContainEqual(expect.objectContaining({ step: "security check", outcome: "mfa_timeout" }));
  expect(world.savedSession()).toBeNull();
  expect(PracticeFusionSettings.parse({ username: "a", password: "b" }).limits.mfaCodeMs).toBe(90_000);
});

test("a refused code and a refused one-time password are each asked for once more [ASK-9]", async () => {
  const aheadMs = aheadTo(10_000);
  world.phone.set({ clockAt: Date.now() + aheadMs, switches: { totpRejectOnce: true } });
  world.ehr.set({ switches: { mfaWrongOnce: true } });
  const { readings, failure } = await world.run([DAY], { aheadMs });
  expect(failure).toBeUndefined();
  expect(readings).toHaveLength(1);
  expect(portalAttempts()).toEqual(["login ok", "totp refused", "totp ok"]);
  expect(attempts()).toEqual(["login ok", "code_request ok", "code refused", "code_request ok", "code ok"]);
});

test("a one-time password is not sent in the last five seconds of its window", async () => {
  const aheadMs = aheadTo(3_000);
  world.phone.set({ clockAt: Date.now() + aheadMs });
  const { log } = await world.run([], { aheadMs });
  expect(portalAttempts()).toEqual(["login ok", "totp ok"]);
  expect(log.find(({ step }) => step === "portal: log in")?.ms).toBeGreaterThan(1_000);
});

test("a portal that refuses the password is asked once, and the EHR is left without a code", async () => {
  world.phone.set({ switches: { badPassword: true } });
  const { failure } = await world.run([DAY]);
  expect(failure).toBe("portal_bad_credentials");
  expect(portalAttempts()).toEqual(["login refused"]);
  expect(attempts()).toEqual(["login ok"]);
});

test("the phone portal is opened while the EHR's own pages load, so that a sign-in does not wait for it", async () => {
  const aheadMs = aheadTo(15_000);
  world.phone.set({ clockAt: Date.now() + aheadMs });
  world.ehr.set({ delays: { renderMs: 2_000 } });
  const { log, failure } = await world.run([], { aheadMs, limits: { pageMs: 20_000, loginMs: 20_000 } });
  expect(failure).toBeUndefined();
  const order = log.map(({ step }) => step);
  expect(order.indexOf("portal: log in")).toBeGreaterThanOrEqual(0);
  expect(order.indexOf("portal: log in")).toBeLessThan(order.indexOf("login form"));
});

test("a refused password ends the run at once, although the portal still waits for its one-time password", async () => {
  const aheadMs = aheadTo(4_900);
  world.phone.set({ clockAt: Date.now() + aheadMs });
  world.ehr.set({ delays: { renderMs: 1_000 } });
  const startedAt = Date.now();
  const { failure, log } = await world.run([DAY], { aheadMs, password: "wrong" });
  expect(failure).toBe("bad_credentials");
  expect(Date.now() - startedAt).toBeLessThan(4_000);
  expect(portalAttempts()).toEqual(["login ok"]);
  expect(log).toContainEqual(expect.objectContaining({ step: "portal: log in", outcome: "abandoned" }));
});

test("the portal's own session is used again", async () => {
  await world.run([]);
  world.ehr.set({ expireSessions: true });
  await world.run([DAY]);
  expect(portalAttempts()).toEqual(["login ok", "totp ok"]);
  expect(attempts()).toEqual([...SIGNED_IN, ...SIGNED_IN]);
});

test("a session that dies with the second of five dates is replaced by one sign-in, and every date is read once", async () => {
  await world.haveSession();
  world.ehr.set({ switches: { expireAfter: 2 } });
  const days = ["2025-11-20", "2025-11-19", "2025-11-18", "2025-11-17", "2025-11-14"];
  const { readings, failure } = await world.run(days);
  expect(failure).toBeUndefined();
  expect(readings.map(({ day }) => day)).toEqual(days);
  for (const { day, schedule } of readings) expect(schedule.rows).toEqual(expectedRows(day));
  expect(attempts()).toEqual(SIGNED_IN);
});

test("the deadline of the run ends it wherever it is", async () => {
  world.ehr.set({ switches: { codeNever: true } });
  const startedAt = Date.now();
  const { failure } = await world.run([DAY], { limits: { runMs: 1_500, mfaCodeMs: 60_000 } });
  expect(failure).toBe("deadline_exceeded");
  expect(Date.now() - startedAt).toBeLessThan(5_000);
});

test("a session file that was tampered with is thrown away, and a fresh login replaces it", async () => {
  await world.haveSession();
  world.corruptSession();
  const { readings } = await world.run([DAY]);
  expect(readings).toHaveLength(1);
  expect(attempts()).toEqual(SIGNED_IN);
});
