import { type SQL, sql } from "drizzle-orm";
import { attempts, touches } from "../../db/schema/engagement.ts";
import type { Context } from "../context.ts";

/** What is known of one attempt's price. Without a charge, when to ask again (epoch ms), or never. */
export type Noted = {
  attemptId: string;
  touchId: string;
  micros: number | null;
  currency: string | null;
  askAt: number | null;
};

const HOUR_MS = 3_600_000;
const ASKED_FOR_MS = 72 * HOUR_MS;

/** When a provider is first asked what a message cost: it knows some time after the message has left. Epoch ms. */
export function firstAskAt(now: number): number {
  return now + HOUR_MS;
}

/** When next, for an attempt of that age: each wait as long as all before, for three days. Null for not any more. */
export function nextAskAt(startedAt: number, now: number): number | null {
  const age = Math.max(HOUR_MS, now - startedAt);
  return age < ASKED_FOR_MS ? now + age : null;
}

/**
 * The statements that note what attempts were charged with. A touch's cost is known only when all of it is, in the
 * clinic's own currency; until then its estimate stands. Money of another currency stays with the attempt, never added.
 * Noting it again changes nothing.
 */
export function noteCharges(ctx: Context, noted: Noted[]): SQL[] {
  const json = JSON.stringify(noted);
  const { currency } = ctx.tenant.settings.messages;
  return [
    sql`UPDATE ${attempts} SET price_micros = coalesce(json_extract(new.value, '$.micros'), price_micros),
        price_currency = coalesce(json_extract(new.value, '$.currency'), price_currency),
        price_check_at = json_extract(new.value, '$.askAt')
      FROM json_each(${json}) AS new WHERE attempts.id = json_extract(new.value, '$.attemptId')`,
    // Not `updated_at`: what a message cost is no change of the message.
    sql`UPDATE ${touches} SET cost_micros = (SELECT iif(count(*) = sum(price_currency IS ${currency}), sum(price_micros), NULL)
        FROM ${attempts} WHERE touch_id = touches.id AND outcome IN ('accepted', 'unknown'))
      WHERE id IN (SELECT json_extract(value, '$.touchId') FROM json_each(${json}) WHERE json_extract(value, '$.micros') IS NOT NULL)`,
  ];
}
