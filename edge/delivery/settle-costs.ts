import { sql } from "drizzle-orm";
import { attempts } from "../../db/schema/engagement.ts";
import type { Context } from "../context.ts";
import { errorFields } from "../log.ts";
import type { Channel } from "./channel.ts";
import { channelOf } from "./channels.ts";
import { type Noted, nextAskAt, noteCharges } from "./note-charges.ts";

/** What one turn of the clock asks for at most; what is left is asked for by the next. */
const MOST = 300;
const PAGE = 50;
/** A Worker may hold six connections open at once; the store needs one of them. */
const CONNECTIONS = 5;
const ASK_FOR_MS = 20_000;

type Open = { attemptId: string; touchId: string; provider: string; providerId: string | null; startedAt: number };

/**
 * Asks providers what messages cost whose price is not known yet: it comes after the message, and is in no report of
 * Twilio's. Reads an index of these alone. A provider that does not answer is asked again later; the others now.
 */
export async function settleCosts(ctx: Context): Promise<{ asked: number; priced: number }> {
  const counts = { asked: 0, priced: 0 };
  const until = ctx.now() + ASK_FOR_MS;
  const open =
    await ctx.db.all<Open>(sql`SELECT id AS attemptId, touch_id AS touchId, provider, provider_id AS providerId,
      started_at AS startedAt FROM ${attempts} WHERE price_check_at IS NOT NULL AND price_check_at <= ${ctx.now()}
    ORDER BY price_check_at LIMIT ${MOST}`);
  for (let start = 0; start < open.length && ctx.now() < until; start += PAGE) {
    const noted = await askAll(ctx, open.slice(start, start + PAGE));
    const [first, ...rest] = noteCharges(ctx, noted).map((statement) => ctx.db.run(statement));
    if (first) await ctx.db.batch([first, ...rest]);
    counts.asked += noted.length;
    counts.priced += noted.filter(({ micros }) => micros !== null).length;
  }
  return counts;
}

async function askAll(ctx: Context, page: Open[]): Promise<Noted[]> {
  const channels = new Map(page.map(({ provider }) => [provider, channelOf(ctx, provider)]));
  const waiting = [...page];
  const noted: Noted[] = [];
  const line = async () => {
    for (let each = waiting.shift(); each; each = waiting.shift()) {
      noted.push(await askOne(ctx, channels.get(each.provider) ?? null, each));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, line));
  return noted;
}

async function askOne(ctx: Context, channel: Channel | null, open: Open): Promise<Noted> {
  const { attemptId, touchId, providerId, startedAt } = open;
  const unknown = { attemptId, touchId, micros: null, currency: null, askAt: nextAskAt(startedAt, ctx.now()) };
  if (!channel || providerId === null) return unknown;
  try {
    const charge = (await channel.find(providerId))?.charge;
    return charge ? { attemptId, touchId, ...charge, askAt: null } : unknown;
  } catch (error) {
    ctx.log.warn("price not told", { attempt: attemptId, ...errorFields(error) });
    return unknown;
  }
}
