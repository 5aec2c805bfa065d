import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clinic, type Desk, eventually, startDesk } from "../harness.ts";
import { pushImport } from "../imports.ts";
import { linesOf } from "../operations/lines-of.ts";
import { type Edge, startEdge } from "../sandbox/edge.ts";
import { startTcpProxy, type TcpProxy } from "../sandbox/proxy.ts";
import { addMailingClinic, guest } from "./mailing-line.ts";

/** One text of a segment, by the clinic's price. */
const TEXT = 8_300;

let desk: Desk;
let line: TcpProxy;
/** A second Worker at the same store, over a line that can be held. */
let other: Edge;
beforeAll(async () => {
  desk = await startDesk();
  line = await startTcpProxy(desk.sqld.url);
  other = await startEdge({ ...desk.edge.settings, STORE_URL: line.url }, { quiet: true });
});
afterAll(async () => {
  await other?.close();
  await line?.close();
  await desk?.close();
});

test.each([
  { by: "its carrier's price", unit: 0, budget: 2 * TEXT + 100 },
  { by: "a price of its own, and its set-up", unit: 30_000, fixed: 5_000, budget: 2 * 30_000 + 5_000 },
])("two Workers that judged at once do not pass a media buy's own budget together, by $by", async (deal) => {
  const step = { channel: "sms", template: "text", hasMediaBuy: true, unitCostMicros: deal.unit };
  const clinic = await addMailingClinic(desk, { hasPrinter: false, step });
  await plan(clinic, [1, 2, 3, 4]);
  await clinic.db.run(sql`UPDATE media_buys SET budget_micros = ${deal.budget}, fixed_micros = ${deal.fixed ?? 0}`);
  await makeDue(clinic, 2);
  // The second Worker has judged two, for whom there is room; meanwhile the first one sends two others.
  const held = line.fault({
    at: "request",
    request: /SET status = 'sending'/,
    times: 1,
    run: async () => {
      await makeDue(clinic, 2);
      await strikeUntil(clinic, desk.edge, 2);
    },
  });
  await strike(clinic, other);
  await held.hit;
  await strikeUntil(clinic, desk.edge, 4);
  const ended = await clinic.db.all(sql`SELECT status, reason, count(*) AS n FROM touches GROUP BY 1, 2 ORDER BY 1`);
  expect(ended).toEqual([
    { status: "delivered", reason: null, n: 2 },
    { status: "skipped", reason: "budget", n: 2 },
  ]);
});

/** So many people with a text each, planned for an hour from now. */
async function plan(clinic: Clinic, numbers: number[]): Promise<void> {
  await clinic.db.run(
    sql`INSERT INTO pauses (id, kind, reason, by, created_at) VALUES ('pse_1', NULL, 'wait', 'x', 1)`,
  );
  const guests = numbers.map((number) => guest(number, { address: null }));
  await pushImport(clinic, {
    patient: guests.map(({ person }) => person),
    appointment: guests.map(({ visit }) => visit),
  });
  await eventually(async () => {
    await desk.strike(clinic);
    return (await clinic.db.all(sql`SELECT 1 FROM touches WHERE status = 'planned'`)).length === numbers.length;
  });
  await clinic.db.run(sql`UPDATE touches SET due_at = ${Date.now() + 3_600_000}`);
  // What the import woke has come to its end, and would find nothing due.
  await desk.strike(clinic);
  const turns = () => linesOf(desk, clinic).filter((line) => line.procedure_id === "tick");
  await eventually(async () => turns().length === 2 * turns().filter((line) => line.run_status === "started").length);
  await clinic.db.run(sql`DELETE FROM pauses`);
}

async function makeDue(clinic: Clinic, count: number): Promise<void> {
  await clinic.db.run(sql`UPDATE touches SET due_at = 0 WHERE id IN
    (SELECT id FROM touches WHERE status = 'planned' AND due_at > ${Date.now()} ORDER BY id LIMIT ${count})`);
}

async function strike({ slug }: Clinic, edge: Edge): Promise<void> {
  await desk.directory.run(sql`UPDATE tenants SET next_due_at = 1 WHERE slug = ${slug}`);
  await edge.cron();
}

async function strikeUntil(clinic: Clinic, edge: Edge, ended: number): Promise<void> {
  await eventually(async () => {
    await strike(clinic, edge);
    const rows = await clinic.db.all(sql`SELECT 1 FROM touches WHERE status IN ('delivered', 'skipped')`);
    return rows.length === ended;
  });
}
