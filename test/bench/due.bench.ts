import { sql } from "drizzle-orm";
import type { Db } from "../../db/connect.ts";
import type { Context } from "../../edge/context.ts";
import { claimDue, releaseClaims } from "../../edge/delivery/claim.ts";
import { nextDueAt } from "../../edge/engagement/next-due.ts";
import { startDesk } from "../harness.ts";
import { peakMemoryMB } from "../sandbox/processes.ts";
import { alternate } from "./alternate.ts";
import type { Measured } from "./run.ts";

const SMALL = 10_000;
const LARGE = 1_000_000;
const DUE = 50;

export const name = "due";

/** Finding, claiming and giving back due work with a million touches in the past, against ten thousand. */
export async function run(): Promise<Measured> {
  const desk = await startDesk();
  try {
    const [large, small] = [(await desk.addTenant()).db, (await desk.addTenant()).db];
    await fill(large, LARGE);
    await fill(small, SMALL);
    const measured = await alternate(
      15,
      () => findDue(large),
      () => findDue(small),
      10,
    );
    const [value, baseline] = [1000 / measured.value, 1000 / measured.baseline].map((ms) => Number(ms.toFixed(2)));
    return {
      value: value ?? 0,
      baseline: baseline ?? 0,
      ratio: Number(((value ?? 0) / (baseline ?? 1)).toPrecision(4)),
      unit: "ms",
      aim: 1.3,
      aims: "most",
      memoryMB: await peakMemoryMB(desk.sqld.pid()),
    };
  } finally {
    await desk.close();
  }
}

/** The product's own statements; they ask nothing of the context but its store and clock. */
async function findDue(db: Db): Promise<void> {
  const ctx = { db, now: () => Date.now() } as Context;
  const ids = await claimDue(ctx, "bench", { medium: "sms", provider: "twilio" }, DUE);
  if (ids.length !== DUE) throw new Error(`${ids.length} due touches found`);
  await releaseClaims(ctx, "bench");
  await nextDueAt(ctx);
}

/** This many touches that have been delivered, and some that are due. */
async function fill(db: Db, past: number): Promise<void> {
  for (let done = 0; done < past; done += 50_000) {
    await db.run(touchesFrom(done, Math.min(50_000, past - done), "delivered"));
  }
  await db.run(touchesFrom(past, DUE, "planned"));
}

function touchesFrom(start: number, count: number, status: string) {
  const at = Date.now() - 30 * 86_400_000;
  return sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, appointment_id, invite_id, office_id, channel, template_key,
      template_version, status, due_at, not_after_at, address_key, sent_on, attempt_count, created_at, updated_at)
    WITH RECURSIVE numbers(n) AS (SELECT ${start} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${start + count - 1})
    SELECT 'tch_' || n, 'ask:' || n, 'survey_invite', 'pat_' || (n / 3), 'apt_' || n, 'inv_' || n, 'off_main', 'sms', 'survey-invite',
      1, ${status}, ${at} + n, ${at} + n + 172800000, 'adr_' || (n / 3), '2026-10-01', 1, ${at} + n, ${at} + n FROM numbers`;
}
