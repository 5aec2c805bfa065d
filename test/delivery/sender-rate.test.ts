import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Context, contextFor } from "../../edge/context.ts";
import type { Channel } from "../../edge/delivery/channel.ts";
import { dispatchDue } from "../../edge/delivery/dispatch.ts";
import { findTenant } from "../../edge/directory.ts";
import { readEnv } from "../../edge/env.ts";
import { addLine } from "../clinic-line.ts";
import { type Desk, startDesk } from "../harness.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

const LATER_MS = 10 * 3_600_000;
const PHONES = Array.from({ length: 10 }, (_, index) => `+120255501${40 + index}`);

test("what the gate ends uses up none of the sender's rate: all of it is for texts that leave", async () => {
  const clinic = await tenDue("+12025550186");
  // The six that are due first turn out to be landlines.
  await clinic.db.run(sql`UPDATE contact_points SET state = 'landline' WHERE patient_id IN
    (SELECT patient_id FROM touches ORDER BY due_at LIMIT 6)`);
  // Four tokens and no more: enough for the four who may be written to.
  const bucket = bucketOf(4);
  const { channel, calls } = recorder();
  const counts = await dispatchDue(await contextOf(clinic.slug, bucket.fetch), [channel], Number.POSITIVE_INFINITY);
  // Six calls at once: in which order they begin is not said.
  expect(calls.sort()).toEqual(PHONES.slice(6));
  expect(counts).toMatchObject({ accepted: 4, ended: 6 });
});

test("where another run took the tokens first, the rest is due again in its old order, without an attempt on record", async () => {
  const clinic = await tenDue("+12025550187");
  // Room for ten, as it seems; the other run leaves three.
  const bucket = bucketOf(10);
  const { channel, calls } = recorder();
  const steal = async (url: string) => {
    if (!url.includes("keep")) bucket.left = Math.min(bucket.left, 3);
    return bucket.fetch(url);
  };
  const ctx = await contextOf(clinic.slug, steal);
  const before = await dueOrder(clinic);
  await dispatchDue(ctx, [channel], Number.POSITIVE_INFINITY);
  expect(calls.sort()).toEqual(PHONES.slice(0, 3));
  expect(await dueOrder(clinic)).toEqual(before.slice(3));
  expect(await clinic.db.all(sql`SELECT count(*) AS of FROM attempts`)).toEqual([{ of: 3 }]);
  bucket.left = 7;
  await dispatchDue(await contextOf(clinic.slug, bucket.fetch), [channel], Number.POSITIVE_INFINITY);
  expect(calls.sort()).toEqual(PHONES);
});

/** Ten visits to write about, one minute apart, due only by the clock of `contextOf`. */
async function tenDue(number: string) {
  const clinic = await addLine(desk, number, { settings: { ask: { delayMinutes: 600 } } });
  await clinic.pushVisits(PHONES.map((phone) => ({ phone })));
  await clinic.until("planned");
  const rows = await Promise.all((await clinic.touches()).map(({ id }) => phoneOf(clinic.slug, id)));
  for (const { id, to } of rows) {
    const dueAt = Date.now() + LATER_MS / 2 + PHONES.indexOf(to) * 60_000;
    await clinic.db.run(sql`UPDATE touches SET due_at = ${dueAt} WHERE id = ${id}`);
  }
  return clinic;
}

async function phoneOf(slug: string, id: string): Promise<{ id: string; to: string }> {
  const ctx = await contextOf(slug, bucketOf(0).fetch);
  const [row] = await ctx.db.all<{ id: string; sealed: string }>(sql`SELECT contact_points.id, contact_points.sealed
    FROM contact_points JOIN touches USING (patient_id) WHERE touches.id = ${id}`);
  return { id, to: await ctx.keys.open({ table: "contact_points", row: row?.id ?? "" }, row?.sealed ?? "") };
}

function dueOrder(clinic: Awaited<ReturnType<typeof tenDue>>) {
  return clinic.db.all(
    sql`SELECT id, due_at FROM touches WHERE status = 'planned' AND attempt_count = 0 ORDER BY due_at`,
  );
}

/** A sender's rate that is not filled again; empty, it counts as held, so that a run ends. */
function bucketOf(left: number) {
  const bucket = {
    left,
    fetch: async (url: string) => {
      const query = new URL(url).searchParams;
      const granted = Math.min(bucket.left, Number(query.get("n")));
      if (!query.has("keep")) bucket.left -= granted;
      return Response.json({ granted, waitMs: 0, isHeld: granted === 0 });
    },
  };
  return bucket;
}

function recorder() {
  const calls: string[] = [];
  const channel: Channel = {
    provider: "twilio",
    medium: "sms",
    sender: "MG1",
    settles: "list",
    send: async ({ to }) => {
      calls.push(to);
      return { outcome: "accepted", providerId: `SM${String(calls.length).padStart(32, "0")}`, httpStatus: 201 };
    },
    list: async () => [],
    find: async () => null,
  };
  return { channel, calls };
}

/** The Worker's own context in this process, later by its clock, with a sender's rate of ours. */
async function contextOf(slug: string, fetchBucket: (url: string) => Promise<Response>): Promise<Context> {
  const bucket = { fetch: fetchBucket };
  const env = readEnv({ ...desk.edge.settings, RATE_BUCKET: { idFromName: () => slug, get: () => bucket } });
  const opened = await findTenant(env, { slug });
  if (!opened) throw new Error("no such clinic");
  return contextFor(env, opened, { type: "system", job: "test" }, () => Date.now() + LATER_MS);
}
