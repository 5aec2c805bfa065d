import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clinic, eventually } from "../harness.ts";
import { STAFF } from "../sandbox/oidc/staff.ts";
import { seenVisit, todayIn } from "../visits.ts";
import { readRoutes } from "./route-table.ts";
import { type ConsoleDesk, signIn, startConsole, visitor } from "./sign-in.ts";

/** Routes under a tenant that machines, carriers and partners call; each proves its caller in its own way. */
const MACHINES = /^\/t\/:tenant\/(api\/v1|twilio|infobip|ses|inbox|graphql)(\/|$)/;

let desk: ConsoleDesk;
let clinic: Clinic;
let routes: Awaited<ReturnType<typeof readRoutes>>;
beforeAll(async () => {
  [desk, routes] = await Promise.all([startConsole(), readRoutes()]);
  clinic = await desk.addTenant();
});
afterAll(() => desk?.close());

const filled = (path: string, slug = clinic.slug) => `/t/${slug}${path.replace(/:\w+/g, "none_0")}`;

test("every route under a clinic is a machine's or has its roles in the one table of staff routes", () => {
  const known = new Set(routes.staff.map(({ method, path }) => `${method} /t/:tenant${path}`));
  const pages = routes.all.filter(({ path }) => path.startsWith("/t/:tenant") && !MACHINES.test(path));
  expect(pages.length).toBeGreaterThanOrEqual(routes.staff.length);
  expect(pages.map(({ method, path }) => `${method} ${path}`).filter((route) => !known.has(route))).toEqual([]);
  expect(routes.staff.filter(({ roles }) => roles.length === 0)).toEqual([]);
});

test("each staff route opens for its roles and for nobody else", async () => {
  const wrong: string[] = [];
  for (const { role } of STAFF) {
    const member = await signIn(desk, role);
    for (const { method, path, roles } of routes.staff) {
      const { status } = await (method === "GET" ? member.get(filled(path)) : member.post(filled(path)));
      const isOpen = status !== 401 && status !== 403;
      if (isOpen !== roles.includes(role) || status >= 500) wrong.push(`${role} ${method} ${path}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("no staff route opens without a session, or for a clinic one has no part in, known or not", async () => {
  const wrong: string[] = [];
  const member = await signIn(desk, "admin");
  const other = await desk.addTenant({ staff: [{ email: "someone@else.example", role: "admin" }] });
  for (const { method, path, isBackground } of routes.staff) {
    const visit = (who: typeof member | ReturnType<typeof visitor>, slug?: string) =>
      method === "GET" ? who.get(filled(path, slug)) : who.post(filled(path, slug));
    const stranger = await visit(visitor(desk));
    const isSentToSignIn = stranger.headers.get("location")?.startsWith("/sign-in") ?? false;
    if (method === "GET" && !isBackground ? !isSentToSignIn : stranger.status !== 401)
      wrong.push(`no session: ${path}`);
    for (const slug of [other.slug, "no-such-clinic"]) {
      const { status } = await visit(member, slug);
      if (status !== 404) wrong.push(`${slug} ${path}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("a form that is not sent from our own page changes nothing: no, null or foreign origin, no Sec-Fetch [BAD-9]", async () => {
  const member = await signIn(desk, "admin");
  const own = { origin: desk.edge.url, "sec-fetch-site": "same-origin" };
  const forged: Record<string, string>[] = [
    {},
    { "sec-fetch-site": "same-origin" },
    { origin: desk.edge.url },
    { ...own, origin: "null" },
    { ...own, origin: "https://evil.example" },
    { ...own, "sec-fetch-site": "cross-site" },
    { ...own, "sec-fetch-site": "same-site" },
  ];
  const paths = [
    "/sign-out",
    ...routes.staff.filter(({ method }) => method === "POST").map(({ path }) => filled(path)),
  ];
  for (const path of paths) {
    for (const headers of forged) expect([path, (await member.post(path, {}, headers)).status]).toEqual([path, 403]);
  }
  expect((await member.get("/session")).status).toBe(204);
  expect((await member.post("/sign-out", {}, own)).status).toBe(303);
});

test("an id of another clinic is not there, in whatever page or form it is put, and stays as it was [BAD-71]", async () => {
  const theirs = await desk.addTenant({ settings: { office: { windowOpens: "00:00", windowCloses: "23:59" } } });
  await theirs.push(todayIn(), [seenVisit()]);
  await theirs.db.run(
    sql`INSERT INTO opt_outs (id, address_key, channel, source, at) VALUES ('opt_1', 'k', 'sms', 'staff', 1)`,
  );
  await theirs.db.run(sql`INSERT INTO pauses (id, kind, reason, by, created_at) VALUES ('pse_1', NULL, 'x', 'x', 1)`);
  await desk.strike(theirs);
  const [touch] = await eventually(async () => {
    const rows = await theirs.db.all<{ id: string; patient_id: string }>(sql`SELECT id, patient_id FROM touches`);
    return rows.length > 0 && rows;
  });
  await theirs.db.run(sql`UPDATE touches SET status = 'parked'`);
  const admin = await signIn(desk, "admin");
  const answers = await Promise.all([
    admin.get(`/t/${clinic.slug}/why/${touch?.patient_id}`),
    admin.post(`/t/${clinic.slug}/opt-outs/opt_1/lift`, { reason: "new_owner" }),
    admin.post(`/t/${clinic.slug}/pause/pse_1/lift`, { fate: "drop", at: "" }),
    admin.post(`/t/${clinic.slug}/parked/${touch?.id}`, { decision: "drop" }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  const changed = sql`SELECT 1 FROM opt_outs WHERE ended_at IS NOT NULL UNION ALL SELECT 1 FROM pauses WHERE lifted_at IS NOT NULL
    UNION ALL SELECT 1 FROM touches WHERE status <> 'parked'`;
  expect(await theirs.db.all(changed)).toEqual([]);
});

test("a page runs nothing but its own script, shows in no frame and stays in no cache", async () => {
  const { headers } = await (await signIn(desk, "admin")).get(`/t/${clinic.slug}/today`);
  const policy = headers.get("content-security-policy") ?? "";
  expect(policy).toMatch(/default-src 'none'.*script-src 'nonce-[\w-]{22}'.*frame-ancestors 'none'/);
  expect(policy).not.toContain("unsafe");
  expect(headers.get("cache-control")).toBe("no-store");
  const again = await (await signIn(desk, "admin")).get(`/t/${clinic.slug}/today`);
  expect(again.headers.get("content-security-policy")).not.toBe(policy);
});
