import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../../scraper/browser.ts";
import type { Clinic } from "../harness.ts";
import { type ConsoleDesk, signIn, signInWith, startConsole, visitor } from "./sign-in.ts";

let desk: ConsoleDesk;
let clinic: Clinic;
beforeAll(async () => {
  desk = await startConsole();
  clinic = await desk.addTenant();
});
afterAll(() => desk?.close());

const SESSION = "__Host-hearback";

test("a page asks who it is for, and after sign-in with a second factor it is that page that opens", async () => {
  const asked = await visitor(desk).get(`/t/${clinic.slug}/today?on=2026-11-20`);
  expect(asked.status).toBe(303);
  const returnTo = new URL(asked.headers.get("location") ?? "", desk.edge.url).searchParams.get("return_to") ?? "";
  const { last, get, cookie } = await signIn(desk, "front_desk", { returnTo });
  expect(last.headers.get("location")).toBe(`/t/${clinic.slug}/today?on=2026-11-20`);
  expect(last.headers.getSetCookie().join()).toMatch(
    new RegExp(`${SESSION}=[\\w-]{43}; Path=/; HttpOnly; Secure; SameSite=Lax`),
  );
  expect(cookie(SESSION)).toHaveLength(43);
  const page = await get(`/t/${clinic.slug}/today`);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("Fay Doyle")]);
});

test("the store keeps no session cookie, only its hash", async () => {
  const { cookie } = await signIn(desk, "admin");
  const rows = await desk.directory.all<{ token_hash: string }>(sql`SELECT * FROM sessions`);
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain(cookie(SESSION));
});

test("a password alone does not open the console", async () => {
  const { last, cookie } = await signIn(desk, "admin", { secondFactor: false });
  expect([last.status, await last.text()]).toEqual([403, expect.stringContaining("second factor")]);
  expect(cookie(SESSION)).toBeUndefined();
});

test("an answer of the identity provider works once, and only in the browser that asked", async () => {
  const begun = await visitor(desk).get("/sign-in");
  const state = new URL(begun.headers.get("location") ?? "").searchParams.get("state") ?? "";
  const elsewhere = await visitor(desk).get(`/sign-in/done?${new URLSearchParams({ state, code: "any" })}`);
  expect(elsewhere.status).toBe(401);
  const [row] = await desk.directory.all<{ left: number }>(sql`SELECT count(*) AS left FROM sign_ins`);
  expect(row?.left).toBeGreaterThan(0);
  const own = visitor(desk);
  const mine = new URL((await own.get("/sign-in")).headers.get("location") ?? "").searchParams.get("state") ?? "";
  const answers = [];
  for (let turn = 0; turn < 2; turn += 1) {
    answers.push((await own.get(`/sign-in/done?${new URLSearchParams({ state: mine, code: "made-up" })}`)).status);
  }
  expect(answers).toEqual([401, 401]);
});

test("after sign-in nobody is led off this host", async () => {
  for (const returnTo of ["//evil.example/", "https://evil.example/", "/t/../..//evil.example", "/\\evil.example"]) {
    const { last } = await signIn(desk, "admin", { returnTo });
    expect(last.headers.get("location")).toBe("/");
  }
});

test("fifteen minutes without a click, or twelve hours with, end the session on our side", async () => {
  for (const column of [sql`last_seen_at = last_seen_at - 900000`, sql`expires_at = created_at`]) {
    const { get } = await signIn(desk, "admin");
    expect((await get(`/t/${clinic.slug}/today`)).status).toBe(200);
    await desk.directory.run(sql`UPDATE sessions SET ${column}`);
    expect((await get(`/t/${clinic.slug}/today`)).status).toBe(303);
    expect((await get("/session")).status).toBe(401);
  }
});

test("what a page asks by itself keeps nobody signed in; a click does", async () => {
  const { get } = await signIn(desk, "clinic_lead");
  const seen = async () =>
    (
      await desk.directory.all<{ at: number }>(
        sql`SELECT max(last_seen_at) AS at FROM sessions WHERE name = 'Carl Lindt'`,
      )
    )[0]?.at ?? 0;
  await desk.directory.run(sql`UPDATE sessions SET last_seen_at = last_seen_at - 120000`);
  const before = await seen();
  await get("/session");
  await get(`/t/${clinic.slug}/today/version?on=2026-11-20`);
  await get(`/t/${clinic.slug}/today`, { "hearback-refresh": "1" });
  expect(await seen()).toBe(before);
  await get(`/t/${clinic.slug}/today`);
  expect(await seen()).toBeGreaterThan(before);
});

test("signing out ends this session, or on request every one of that person's", async () => {
  const [desktop, phone, other] = await Promise.all([
    signIn(desk, "front_desk"),
    signIn(desk, "front_desk"),
    signIn(desk, "admin"),
  ]);
  const opens = async (who: typeof desktop) => (await who.get("/session")).status === 204;
  const kept = desktop.cookie(SESSION) ?? "";
  expect((await desktop.post("/sign-out")).headers.get("location")).toBe("/");
  expect(desktop.cookie(SESSION)).toBeUndefined();
  expect((await visitor(desk).get("/session", { cookie: `${SESSION}=${kept}` })).status).toBe(401);
  expect([await opens(phone), await opens(other)]).toEqual([true, true]);
  await (await signIn(desk, "front_desk")).post("/sign-out", { everywhere: "yes" });
  expect([await opens(phone), await opens(other)]).toEqual([false, true]);
});

test("the root leads a member of one clinic into it, and says so to someone who has none", async () => {
  const lonely = await desk.addTenant();
  await desk.directory.run(sql`DELETE FROM memberships WHERE email = 'auditor@commonground.example'`);
  await desk.directory.run(sql`DELETE FROM memberships WHERE email = 'analyst@commonground.example'
    AND tenant_id <> (SELECT id FROM tenants WHERE slug = ${lonely.slug})`);
  expect(await (await visitor(desk).get("/")).text()).toContain('href="/sign-in?prompt=login');
  expect((await (await signIn(desk, "analyst")).get("/")).headers.get("location")).toBe(`/t/${lonely.slug}`);
  expect(await (await (await signIn(desk, "auditor")).get("/")).text()).toContain("No clinic yet");
  expect(await (await (await signIn(desk, "admin")).get("/")).text()).toContain(`href="/t/${clinic.slug}"`);
});

test("in Chromium one tap at the identity provider opens the console, and after signing out it asks who is next", async () => {
  const browser = await launchBrowser();
  const page = await (await browser.newContext()).newPage();
  await signInWith(page, desk, "front_desk", `/t/${clinic.slug}/today`);
  await page.getByRole("heading", { name: "Today" }).waitFor();
  await page.getByText("Fay Doyle").first().click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("button", { name: /Ada Quill/ }).click();
  await page.getByRole("heading", { name: "Which clinic?" }).waitFor();
  await browser.close();
});
