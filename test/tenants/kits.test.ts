import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../db/connect.ts";
import { bcbTenant } from "../../templates/tenants/bcb.ts";
import { mhcTenant } from "../../templates/tenants/mhc.ts";
import { ssmTenant } from "../../templates/tenants/ssm.ts";
import { type Clinic, type Desk, eventually, operator, signedPost, startDesk } from "../harness.ts";
import { booking, lastOf, person, pushImport, type Rows } from "../imports.ts";
import { press } from "../responses/visit-desk.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

type KitClinic = Omit<Clinic, "push"> & { applied: Record<string, string> };
type TenantKit = ReturnType<typeof mhcTenant> | ReturnType<typeof ssmTenant> | ReturnType<typeof bcbTenant>;

/** A clinic from its kit and nothing else, but that it may write at any hour of the day on which the test runs. */
async function addKit(kit: TenantKit): Promise<KitClinic> {
  const anyHour = { windowOpens: "00:00", windowCloses: "23:59" };
  const { office, offices } = kit.settings;
  const settings = {
    ...kit.settings,
    office: { ...office, ...anyHour },
    offices: offices.map((each) => ({ ...each, ...anyHour })),
  };
  const answer = await operator(desk.edge, "/admin/v1/tenants", { ...kit, settings });
  const added = (await answer.json()) as {
    database: string;
    key: Clinic["key"];
    kit: { nudges: Record<string, string> };
  };
  expect([answer.status, added]).toEqual([201, expect.objectContaining({ kit: expect.anything() })]);
  const db = connect({ url: desk.sqld.url, deadlineMs: 10_000 }, added.database);
  const send: Clinic["send"] = (path, body, options = {}) =>
    signedPost(`${desk.edge.url}/t/${kit.slug}/api/v1${path}`, added.key, JSON.stringify(body), options);
  return { slug: kit.slug, key: added.key, db, send, applied: added.kit.nudges };
}

/** The wall time at an office so many hours from now, and as a text says it. */
function wallTime(timeZone: string, hours: number): { local: string; said: string } {
  const at = Temporal.Now.zonedDateTimeISO(timeZone)
    .add({ hours })
    .round({ smallestUnit: "minute", roundingMode: "floor" });
  const said = at.toLocaleString("en-US", { hour: "numeric", minute: "2-digit" }).replace("\u202f", " ");
  return { local: at.toPlainDateTime().toString({ smallestUnit: "minute" }), said };
}

const importOf = (clinic: KitClinic, source: string, rows: Rows) => lastOf(pushImport(clinic, rows, { source }));

async function reminders(clinic: KitClinic, expected: number): Promise<string[]> {
  await eventually(async () => {
    await desk.strike(clinic);
    const open = await clinic.db.all(
      sql`SELECT 1 FROM touches WHERE status NOT IN ('delivered', 'skipped', 'cancelled')`,
    );
    const sent = await clinic.db.all(sql`SELECT 1 FROM touches WHERE status = 'delivered'`);
    return open.length === 0 && sent.length === expected;
  });
  return desk.twilio.messages().map(({ body }) => body);
}

test("mhc runs by its kit alone: both offices' visits are told of in their own time, but not those it leaves out [NUDGE-10]", async () => {
  const clinic = await addKit(mhcTenant());
  expect(clinic.applied).toEqual({ aprmh: "active", "after-visit": "active", aschh: "waiting" });
  const [boulder, tempe] = [wallTime("America/Denver", 23), wallTime("America/Phoenix", 23)];
  const applied = await importOf(clinic, "sycle", {
    patient: [person(1, { givenName: "Ada" }), person(2, { givenName: "Bo" }), person(3)],
    appointment: [
      booking(1, boulder.local, { officeSourceId: "BLD" }),
      booking(2, tempe.local, { officeSourceId: "TMP", status: "Not Confirmed" }),
      booking(3, boulder.local, { officeSourceId: "BLD", name: "in trial  call back" }),
    ],
  });
  expect(applied).toBe("applied");
  const said = await reminders(clinic, 2);
  expect(said.filter((body) => body.startsWith("Mountain Hearing: Ada, see you"))).toEqual([
    expect.stringContaining(`at ${boulder.said}.`),
  ]);
  expect(said.filter((body) => body.startsWith("Mountain Hearing: Bo, see you"))).toEqual([
    expect.stringContaining(`at ${tempe.said}.`),
  ]);
});

test("the kit's reminder is confirmed by its link; when an import moves the visit, that ends, and the link tells the new time", async () => {
  const clinic = await addKit({ ...mhcTenant(), slug: "mhc-links" });
  const [first, later] = [wallTime("America/Denver", 23), wallTime("America/Denver", 47)];
  const visit = (local: string) => ({
    patient: [person(5, { givenName: "Dee" })],
    appointment: [booking(5, local, { officeSourceId: "BLD", status: "Not Confirmed" })],
  });
  await importOf(clinic, "sycle", visit(first.local));
  const said = await reminders(clinic, 1);
  const link = /https?:\S+/.exec(said.find((body) => body.includes("Dee, see you")) ?? "")?.[0] ?? "";
  expect((await press(link)).status).toBe(303);
  const stored = async () =>
    (await clinic.db.all(sql`SELECT confirmed_for_at = starts_at AS confirmed, source_status FROM appointments`))[0];
  expect(await stored()).toEqual({ confirmed: 1, source_status: "Not Confirmed" });
  await importOf(clinic, "sycle", visit(later.local));
  const page = await (await fetch(link)).text();
  expect(page).toContain("Your visit has moved");
  expect(page).toContain(`, ${later.said}<`);
  await desk.strike(clinic);
  await eventually(
    async () => (await clinic.db.all(sql`SELECT 1 FROM appointments WHERE needs_planning = 1`)).length === 0,
  );
  expect(await stored()).toEqual({ confirmed: null, source_status: "Not Confirmed" });
});

test("ssm runs by its kit alone, and leaves out its own call backs only", async () => {
  const clinic = await addKit(ssmTenant());
  const { local } = wallTime("America/Chicago", 23);
  await importOf(clinic, "sycle", {
    patient: [person(11), person(12)],
    appointment: [
      booking(11, local, { officeSourceId: "JOL", name: "In Trial Call Back" }),
      booking(12, local, { officeSourceId: "JOL", name: "Call Back" }),
    ],
  });
  const said = await reminders(clinic, 1);
  expect(said.filter((body) => body.startsWith("South Suburban Sound:"))).toHaveLength(1);
});

test("bcb runs by its kit alone, and its offers wait for a second person", async () => {
  const clinic = await addKit(bcbTenant());
  expect(clinic.applied).toEqual({ aprmh: "active", aschh: "waiting", "come-back": "waiting" });
  await importOf(clinic, "concrete", {
    patient: [person(21, { givenName: "Cleo" })],
    appointment: [booking(21, wallTime("America/Los_Angeles", 2).local, { officeSourceId: "F1" })],
  });
  const said = await reminders(clinic, 1);
  expect(said.filter((body) => body.startsWith("Bay Clear Hearing: Cleo, your visit is today"))).toHaveLength(1);
});

test("a kit that does not fit is refused by the name of the entry, and can be mended and given again", async () => {
  const kit = { ...ssmTenant(), slug: "ssm-again", templates: [] };
  const answer = await operator(desk.edge, "/admin/v1/tenants", kit);
  expect([answer.status, ((await answer.json()) as { problems: { field: string }[] }).problems[0]?.field]).toEqual([
    400,
    "nudges.0.steps.0.template",
  ]);
  const { templates, nudges } = ssmTenant();
  const mended = await operator(desk.edge, "/admin/v1/tenants/set", { tenant: "ssm-again", templates, nudges });
  expect(((await mended.json()) as { kit: object }).kit).toEqual({
    templates: templates.length,
    nudges: { aprmh: "active", "after-visit": "active" },
  });
});
