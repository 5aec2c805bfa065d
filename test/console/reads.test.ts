import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clinicDay, type DayClinic } from "./clinic-day.ts";
import { readRoutes } from "./route-table.ts";
import { type ConsoleDesk, signIn, startConsole } from "./sign-in.ts";

let desk: ConsoleDesk;
let clinic: DayClinic;
let staff: Awaited<ReturnType<typeof readRoutes>>["staff"];
beforeAll(async () => {
  desk = await startConsole();
  [clinic, { staff }] = await Promise.all([clinicDay(desk), readRoutes()]);
  const [touch] = await clinic.db.all<{ address_key: string }>(
    sql`SELECT address_key FROM touches WHERE status = 'delivered'`,
  );
  await clinic.db.run(
    sql`INSERT INTO opt_outs (id, address_key, channel, source, at) VALUES ('opt_1', ${touch?.address_key}, 'sms', 'staff', 1)`,
  );
  await clinic.db.run(sql`UPDATE touches SET status = 'parked', reason = 'in_doubt' WHERE status = 'delivered'`);
});
afterAll(() => desk?.close());

const NAMES = /\b(Delia Delivered|Finn Delivered|Anna Answered|Nora Nophone|Lana Landline)\b|555-?01\d\d/i;
const countReads = async () =>
  (
    await clinic.db.all<{ n: number }>(
      sql`SELECT count(*) AS n FROM audit WHERE action LIKE '%.read' AND actor LIKE 'staff:admin@%'`,
    )
  )[0]?.n ?? 0;

test("whichever page shows somebody's name or number has left an event of who opened it", async () => {
  const admin = await signIn(desk, "admin");
  const [patient] = await clinic.db.all<{ id: string }>(
    sql`SELECT patient_id AS id FROM touches WHERE status = 'parked'`,
  );
  const showed: string[] = [];
  const unseen: string[] = [];
  for (const { method, path } of staff) {
    const before = await countReads();
    const target = `/t/${clinic.slug}${path.replace(":patient", patient?.id ?? "").replace(/:\w+/g, "none_0")}`;
    const answer = await (method === "GET"
      ? admin.get(target)
      : admin.post(target, { phone: clinic.phoneOf("family") }));
    if (!NAMES.test(await answer.text())) continue;
    showed.push(`${method} ${path}`);
    if ((await countReads()) === before) unseen.push(`${method} ${path}`);
  }
  expect(unseen).toEqual([]);
  expect(showed).toEqual(
    expect.arrayContaining(["GET /today", "POST /why", "GET /why/:patient", "GET /opt-outs", "GET /parked"]),
  );
});

test("coming and going is in the audit of each clinic one may enter", async () => {
  const lead = await signIn(desk, "clinic_lead");
  await lead.post("/sign-out");
  const events = await clinic.db.all(
    sql`SELECT action FROM audit WHERE actor = 'staff:lead@commonground.example' ORDER BY seq`,
  );
  expect(events).toEqual([{ action: "session.started" }, { action: "session.ended" }]);
});
