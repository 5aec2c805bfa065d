import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addMailingClinic, bring, guest, patientOf, theMailing } from "../delivery/mailing-line.ts";
import { type Clinic, eventually, operator } from "../harness.ts";
import { pushImport, sale } from "../imports.ts";
import { operate } from "../operations/command.ts";
import { todayIn } from "../visits.ts";
import { mainOf, rowsOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole, type Visitor } from "./sign-in.ts";

let desk: ConsoleDesk;
let lead: Visitor;
let admin: Visitor;
let analyst: Visitor;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
  [lead, admin, analyst] = await Promise.all([
    signIn(desk, "clinic_lead"),
    signIn(desk, "admin"),
    signIn(desk, "analyst"),
  ]);
});
afterAll(() => desk?.close());

const page = async (clinic: Clinic, path: string, who = lead) =>
  mainOf(await (await who.get(`/t/${clinic.slug}/media-buys${path}`)).text());

/** Presses a form of the buy's page; fails unless it says that this was done. */
const press = async (
  clinic: Clinic,
  id: string,
  act: string,
  done: string,
  form: Record<string, string> = {},
  who = lead,
) => {
  const answer = await who.post(`/t/${clinic.slug}/media-buys/${id}/${act}`, form);
  expect([act, answer.status, answer.headers.get("location")?.split("=")[1]]).toEqual([act, 303, `buy-${done}`]);
};

const DEAL = {
  vendor: "Sample Print",
  fixed: "150.00",
  unit: "0.62",
  postage: "0",
  buyBudget: "",
  attributionDays: "60",
};

const numbersOf = async (clinic: Clinic, id: string) => {
  const text = await (await lead.get(`/t/${clinic.slug}/media-buys/${id}/numbers.csv`)).text();
  return Object.fromEntries(
    text
      .trim()
      .split("\r\n")
      .map((line) => line.replace("\uFEFF", "").split(",") as [string, string]),
  );
};

/** What these people bought just now, at these prices, as the source tells it. */
const sell = async (clinic: Clinic, sales: [person: number, amount: string, more?: object][]) =>
  pushImport(clinic, {
    purchase: sales.map(([person, amount, more], index) =>
      sale(1_000 + index, {
        patientSourceId: `p${person}`,
        amount,
        purchasedAt: Temporal.Now.zonedDateTimeISO("America/New_York")
          .toPlainDateTime()
          .toString({ smallestUnit: "minute" }),
        ...more,
      }),
    ),
  });

const afterMailing = async (clinic: Clinic, id: string) => {
  await press(clinic, id, "commit", "committed", {}, admin);
  await press(clinic, id, "production", "production");
  const today = todayIn();
  await press(clinic, id, "mailed", "mailed", {
    mailOn: today,
    inHomeFromOn: today,
    inHomeToOn: today,
    vendorJobRef: "",
  });
};

test("a media buy of 400 planned is quoted, mailed, invoiced and measured to the cent [NUDGE-40]", async () => {
  const clinic = await addMailingClinic(desk, { areValidated: true });
  const all = Array.from({ length: 400 }, (_, index) => guest(index + 1));
  await clinic.db.run(sql`UPDATE nudges SET status = 'paused'`);
  await pushImport(clinic, { patient: all.map(({ person }) => person), appointment: all.map(({ visit }) => visit) });
  await eventually(async () => {
    await desk.strike(clinic);
    const [done] = await clinic.db.all<{ n: number }>(
      sql`SELECT count(*) AS n FROM addresses WHERE standard_input_key IS input_key`,
    );
    return done?.n === 400;
  }, 60_000);
  const people = await clinic.db.all<{ id: string; number: number }>(sql`SELECT entity_id AS id,
    CAST(substr(value, 2) AS INTEGER) AS number FROM external_refs WHERE entity = 'patient'`);
  const lost = people.filter(({ number }) => number <= 20).map(({ id }) => id);
  await clinic.db.run(sql`UPDATE addresses SET standard_source = 'cass', dpv = 'Y'`);
  await clinic.db.run(
    sql`UPDATE addresses SET dpv = 'N' WHERE patient_id IN (SELECT value FROM json_each(${JSON.stringify(lost)}))`,
  );
  await drawHoldout(
    clinic,
    people.filter(({ number }) => number > 20),
    38,
  );
  await eventually(async () => {
    await desk.strike(clinic);
    const waiting = sql`SELECT 1 FROM touches WHERE status = 'planned' OR (status = 'claimed' AND lease_until IS NOT NULL)`;
    const [made] = await clinic.db.all<{ n: number }>(sql`SELECT count(*) AS n FROM touches`);
    return made?.n === 400 && (await clinic.db.all(waiting)).length === 0;
  }, 60_000);
  const { id } = await theMailing(desk, clinic);

  await press(clinic, id, "costs", "costs", DEAL);
  expect(await page(clinic, `/${id}`)).toContain("342 letters for $362.04.");
  await afterMailing(clinic, id);
  await press(clinic, id, "invoice", "invoiced", { invoiced: "365.00" });
  await sellTo(clinic, "mailed", ["5000", "2000", "1000", "1000", "600.50", "-100.50"]);
  await sellTo(clinic, "holdout", ["500", "260"], 100);

  // Booked before it was mailed: no response to it.
  await clinic.db.run(sql`UPDATE appointments SET created_at = created_at - 2 * 86400000`);

  const own = await page(clinic, `/${id}`);
  expect(own).toContain("Sent 342");
  expect(own).toContain("Cost $365.00 Each $1.07");
  expect(own).toContain("Revenue $9,500.00 ROI 25.03");
  expect(own).toContain("Mailed 342 people Left out by lot 38 people Incremental revenue $2,660.00");
  expect(own).toMatch(/Incremental ROI 6\.29 \(−?\d+\.\d\d to \d+\.\d\d\)/);
  expect(await numbersOf(clinic, id)).toMatchObject({
    planned: "400",
    suppressed: "20",
    held_out: "38",
    sent: "342",
    quoted: "362.040000",
    cost: "365.000000",
    cost_per_recipient: "1.067251",
    revenue: "9500.000000",
    roi: "25.0274",
    incremental_revenue: "2660.000000",
    incremental_roi: "6.2877",
  });
  const [shares] =
    await clinic.db.all(sql`SELECT sum(cost_micros) AS total, min(cost_micros) AS least, max(cost_micros) AS most,
    sum(cost_micros > 0) AS pieces FROM media_buy_recipients`);
  expect(shares).toEqual({ total: 365_000_000, least: 0, most: 1_067_252, pieces: 342 });
  const shown = await operate(desk, "media-buy", "show", clinic.slug, id);
  expect(shown.document).toMatchObject({
    recipients: { planned: 400, suppressed: 20, holdout: 38, mailed: 342, fulfilled: 342 },
    quotedMicros: 362_040_000,
    totalMicros: 365_000_000,
    revenueMicros: 9_500_000_000,
  });
  const listed = await operate(desk, "media-buy", "list", clinic.slug);
  expect(listed.document).toEqual([shown.document]);
  expect((await operate(desk, "media-buy", "show", clinic.slug, "buy_none")).exit).toBe(1);
  const [row] = rowsOf(await (await lead.get(`/t/${clinic.slug}/media-buys`)).text());
  expect(row?.slice(1, 8)).toEqual(["342", "0", "$365.00", "$1.07", "0", "$9,500.00", "25.03"]);
}, 240_000);

/** The lot is drawn by the ends of both ids: a nudge under which exactly so many of these people are left out. */
async function drawHoldout(clinic: Clinic, people: { id: string }[], count: number): Promise<void> {
  const drawn = (end: string) =>
    people.filter(({ id }) => (Number.parseInt(id.slice(-6), 16) ^ Number.parseInt(end, 16)) % 100 < 10).length;
  const [nudge] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM nudges`);
  let end = 0;
  while (drawn(end.toString(16).padStart(6, "0")) !== count) end += 1;
  const id = `${nudge?.id.slice(0, -6)}${end.toString(16).padStart(6, "0")}`;
  await clinic.db.run(sql`UPDATE steps SET nudge_id = ${id}`);
  await clinic.db.run(sql`UPDATE nudges SET id = ${id}, holdout_percent = 10, status = 'active'`);
}

/** What the first of those in this part of the buy bought: one sale each. */
async function sellTo(clinic: Clinic, role: string, amounts: string[], from = 0): Promise<void> {
  const people = await clinic.db.all<{ number: number }>(sql`SELECT CAST(substr(value, 2) AS INTEGER) AS number
    FROM media_buy_recipients JOIN external_refs ON entity = 'patient' AND entity_id = patient_id
    WHERE role = ${role} ORDER BY patient_id LIMIT ${amounts.length}`);
  const sales = amounts.map((amount, index): [number, string, object] => [
    people[index]?.number ?? 0,
    amount,
    { sourceId: `s${from + index}`, status: amount.startsWith("-") ? "returned" : "sold" },
  ]);
  await sell(clinic, sales);
  await eventually(async () => {
    await desk.strike(clinic);
    const [made] = await clinic.db.all<{ n: number }>(
      sql`SELECT count(*) AS n FROM purchases JOIN media_buy_recipients USING (patient_id) WHERE role = ${role}`,
    );
    return made?.n === amounts.length;
  });
}

async function smallBuy(people: number): Promise<{ clinic: Clinic; id: string }> {
  const clinic = await addMailingClinic(desk);
  await bring(
    desk,
    clinic,
    Array.from({ length: people }, (_, index) => guest(index + 1)),
  );
  return { clinic, id: (await theMailing(desk, clinic)).id };
}

test("what so few did that it would say who they are is not shown, on no page and in no file, and too few held out say nothing", async () => {
  const { clinic, id } = await smallBuy(6);
  await press(clinic, id, "costs", "costs", DEAL);
  await afterMailing(clinic, id);
  await sellTo(clinic, "mailed", ["411.17", "322.29"]);
  const html = (await page(clinic, `/${id}`)) + (await page(clinic, ""));
  expect(html).toContain("Revenue too few ROI too few");
  expect(html).toContain("Incremental ROI not enough data");
  expect(html).not.toMatch(/411|322|733/);
  const numbers = await numbersOf(clinic, id);
  expect([numbers.revenue, numbers.roi, numbers.incremental_roi]).toEqual(["too few", "too few", ""]);
  const [exported] = await clinic.db.all(sql`SELECT actor FROM audit WHERE action = 'media_buy.exported'`);
  expect(exported).toEqual({ actor: "staff:lead@commonground.example" });
});

test("a buy that would cost more than its budget is not committed, by the page nor by the operator, until the budget is raised", async () => {
  const { clinic, id } = await smallBuy(2);
  await press(clinic, id, "costs", "costs", { ...DEAL, buyBudget: "151" });
  expect(await page(clinic, `/${id}`)).toContain("That is more than its budget.");
  expect((await admin.post(`/t/${clinic.slug}/media-buys/${id}/commit`)).status).toBe(409);
  const refused = await operator(desk.edge, "/admin/v1/media-buys/change", {
    tenant: clinic.slug,
    id,
    to: "committed",
  });
  expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining("151.24 USD")]);
  expect((await theMailing(desk, clinic)).status).toBe("draft");
  await press(clinic, id, "costs", "costs", { ...DEAL, buyBudget: "151.24" });
  await press(clinic, id, "commit", "committed");
});

test("where a nudge needs two people, whoever set the costs cannot approve them; another lead can", async () => {
  const { clinic, id } = await smallBuy(1);
  await clinic.db.run(sql`UPDATE nudges SET approved_by = 'staff:admin@commonground.example'`);
  await press(clinic, id, "costs", "costs", DEAL);
  expect(await page(clinic, `/${id}`)).toContain("somebody else has to approve it");
  expect((await lead.post(`/t/${clinic.slug}/media-buys/${id}/commit`)).status).toBe(403);
  expect(await page(clinic, `/${id}`, admin)).toContain("Approve $150.62, and freeze the list");
  await press(clinic, id, "commit", "committed", {}, admin);
  expect((await lead.post(`/t/${clinic.slug}/media-buys/${id}/costs`, DEAL)).status).toBe(400);
});

test("what is wrong with a form stands beside its field, what was typed is still there, and nothing is written", async () => {
  const { clinic, id } = await smallBuy(1);
  const answer = await lead.post(`/t/${clinic.slug}/media-buys/${id}/costs`, {
    ...DEAL,
    vendor: "",
    unit: "sixty",
    trackingPhone: "555",
    offerCode: "SPRING",
  });
  const html = await answer.text();
  expect(answer.status).toBe(400);
  expect(mainOf(html)).toContain("Say who makes it");
  expect(mainOf(html)).toContain("Give the number as +12025550101");
  for (const typed of ["sixty", "555", "SPRING"]) expect(html).toContain(`value="${typed}"`);
  expect(await clinic.db.all(sql`SELECT offer_code AS code, costed_by AS who FROM media_buys`)).toEqual([
    { code: null, who: null },
  ]);
  expect((await lead.post(`/t/${clinic.slug}/media-buys/${id}/invoice`, { invoiced: "10" })).status).toBe(400);
});

test("pieces that came back are noted by what they bear; one that is none of ours is named, and a second invoice replaces the first", async () => {
  const { clinic, id } = await smallBuy(3);
  await press(clinic, id, "costs", "costs", DEAL);
  await afterMailing(clinic, id);
  const [piece] = await clinic.db.all<{ reference: string }>(sql`SELECT reference FROM media_buy_recipients LIMIT 1`);
  const wrong = await lead.post(`/t/${clinic.slug}/media-buys/${id}/returned`, {
    references: `${piece?.reference}\r\n000000000000`,
    why: "undeliverable",
  });
  expect(wrong.status).toBe(400);
  expect(mainOf(await wrong.text())).toContain("Line 2: there is no mailed piece 000000000000");
  await press(clinic, id, "returned", "returned", { references: piece?.reference ?? "", why: "undeliverable" });
  expect(await page(clinic, `/${id}`)).toContain("Returned 1");
  await press(clinic, id, "complete", "completed");
  await press(clinic, id, "invoice", "invoiced", { invoiced: "100" });
  await press(clinic, id, "invoice", "invoiced", { invoiced: "99.99" });
  const [sum] = await clinic.db.all(sql`SELECT sum(cost_micros) AS total FROM media_buy_recipients`);
  expect(sum).toEqual({ total: 99_990_000 });
  expect((await theMailing(desk, clinic)).status).toBe("invoiced");
});

test("an analyst sees the numbers and no form; the front desk sees neither", async () => {
  const { clinic, id } = await smallBuy(1);
  expect(await page(clinic, `/${id}`, analyst)).not.toContain("Vendor and costs");
  expect(await page(clinic, "", analyst)).toContain("Card before a visit");
  expect((await (await signIn(desk, "front_desk")).get(`/t/${clinic.slug}/media-buys`)).status).toBe(403);
  expect(await patientOf(clinic, 1)).not.toBe("");
});

test("a media buy of texts has a budget of its own: those that it has no room for are skipped, once told, and its cost is the carrier's", async () => {
  const step = { channel: "sms", template: "text", hasMediaBuy: true };
  const clinic = await addMailingClinic(desk, { hasPrinter: false, step });
  await clinic.db.run(
    sql`INSERT INTO pauses (id, kind, reason, by, created_at) VALUES ('pse_1', NULL, 'wait', 'x', 1)`,
  );
  const guests = [1, 2, 3].map((number) => guest(number, { address: null }));
  await pushImport(clinic, {
    patient: guests.map(({ person }) => person),
    appointment: guests.map(({ visit }) => visit),
  });
  await eventually(async () => {
    await desk.strike(clinic);
    return (await clinic.db.all(sql`SELECT 1 FROM touches`)).length === 3;
  });
  const { id } = await theMailing(desk, clinic);
  await press(clinic, id, "costs", "costs", { ...DEAL, fixed: "0", unit: "0", buyBudget: "0.0170" });
  await clinic.db.run(sql`DELETE FROM pauses`);
  await eventually(async () => {
    await desk.strike(clinic);
    return (await clinic.db.all(sql`SELECT 1 FROM touches WHERE status IN ('delivered', 'skipped')`)).length === 3;
  });
  const ended = await clinic.db.all(sql`SELECT status, reason, count(*) AS n FROM touches GROUP BY 1, 2 ORDER BY 1`);
  expect(ended).toEqual([
    { status: "delivered", reason: null, n: 2 },
    { status: "skipped", reason: "budget", n: 1 },
  ]);
  const alarms = await clinic.db.all(
    sql`SELECT code, seen_count AS seen FROM alarms WHERE code LIKE 'budget%' ORDER BY code`,
  );
  expect(alarms).toContainEqual({ code: "budget_used_up", seen: 1 });
  expect(await page(clinic, `/${id}`)).toContain("Sent 2 Returned 0 Cost $0.017");
  await clinic.db.run(sql`UPDATE nudges SET approved_by = 'staff:admin@commonground.example'`);
  const higher = { ...DEAL, fixed: "0", unit: "0", buyBudget: "5" };
  const own = await lead.post(`/t/${clinic.slug}/media-buys/${id}/costs`, higher);
  expect([own.status, mainOf(await own.text())]).toEqual([400, expect.stringContaining("somebody else has to")]);
  await press(clinic, id, "costs", "costs", higher, admin);
  await press(clinic, id, "complete", "completed");
});
