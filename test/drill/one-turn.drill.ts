import assert from "node:assert/strict";
import { sql } from "drizzle-orm";
import { tenants } from "../../db/schema/directory.ts";
import { processorMs, workerdPid } from "../sandbox/processes.ts";
import { load } from "./drill.ts";
import { heldBack, letGo } from "./held-back.ts";

/* Seen red with the guard off: L-6 (an invocation that goes on for as long as there is something to say). */

const BACKLOG = 1_150;
/** Cloudflare's paid plan allows 10,000; some are kept for what a busy day adds. */
const MOST_REQUESTS = 8_000;

export const oneTurn = load(
  "one invocation of the clock with more to say than it may ask for stops by itself, within its requests, its processor time and five minutes, and the rest is due at once [L-6]",
  async (kit) => {
    const world = await kit.world({ losesMessages: true });
    await heldBack(world, BACKLOG);
    world.twilio.tune({ callbacks: "none" });
    await letGo(world);
    // Woken in vain, so that the clock's own invocation serves the clinic.
    await world.directory.update(tenants).set({ nextDueAt: Date.now() - 100_000 });
    let requests = 0;
    world.line.fault({
      at: "request",
      request: /^POST/,
      run: () => {
        requests += 1;
      },
    });
    const pid = await workerdPid(Number(new URL(world.edge().url).port));
    const before = await processorMs(pid);
    const began = performance.now();
    await world.edge().cron();
    const wallSeconds = Math.round((performance.now() - began) / 1000);
    const cpuSeconds = Math.round((await processorMs(pid)) - before) / 1000;
    const sent = world.twilio.ledger.filter(({ event }) => event === "accepted").length;
    requests += sent;
    kit.report({ sent, requests, cpuSeconds, wallSeconds });
    assert.ok(sent < BACKLOG, "it stops by itself");
    assert.ok(requests <= MOST_REQUESTS && cpuSeconds <= 20 && wallSeconds <= 300);
    const due = sql`SELECT 1 FROM tenants WHERE id = ${world.tenantId} AND next_due_at <= ${Date.now()}`;
    assert.equal((await world.directory.all(due)).length, 1, "the rest is due at once");
    await world.settle(60_000);
    kit.report(await world.check());
  },
  {
    guard: [{ file: "edge/delivery/dispatch.ts", clause: " && counts.claimed < most", without: " && most > 0" }],
  },
);
