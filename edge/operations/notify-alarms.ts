import { and, asc, isNull, lte, or, sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { alarms } from "../../db/schema/operations.ts";
import type { Context } from "../context.ts";
import { sha256 } from "../crypto.ts";
import { errorFields } from "../log.ts";
import type { Counts } from "../procedure.ts";
import { mailAlarms, mailSettings } from "./mail-alarms.ts";
import { postAlarms } from "./post-alarms.ts";

export type Alarm = typeof alarms.$inferSelect;

/** One way to tell somebody. `id` is the same when the same news is told again, so that a receiver can tell. */
export type Tell = (ctx: Context, news: { id: string; alarms: Alarm[] }) => Promise<void>;

/** An alarm that is still open is told again after this. */
const AGAIN_AFTER_MS = 24 * 3_600_000;
const AT_ONCE = 50;

/**
 * Tells each open alarm once by every way that is set up, and once more for every day that it stays open. All that is
 * new goes into one message. A way that fails is tried again at the next tick, and does not make the other repeat itself.
 */
export async function notifyAlarms(ctx: Context): Promise<Counts> {
  const counts = { posted: 0, mailed: 0, failed: 0 };
  for (const way of waysOf(ctx)) {
    const open = await untold(ctx, way.column);
    if (open.length === 0) continue;
    try {
      await way.tell(ctx, { id: await newsId(way.column.name, open), alarms: open });
      await ctx.db.run(sql`UPDATE ${alarms} SET ${sql.identifier(way.column.name)} = ${ctx.now()}
        WHERE id ${inList(open.map(({ id }) => id))}`);
      counts[way.counts] += open.length;
    } catch (error) {
      ctx.log.warn("alarms not told", { way: way.counts, ...errorFields(error) });
      counts.failed += open.length;
    }
  }
  return counts;
}

/** When alarms are to be told (epoch ms): now, if any is not yet told by a way that is set up. */
export async function nextNoticeAt(ctx: Context): Promise<number> {
  for (const way of waysOf(ctx)) if ((await untold(ctx, way.column)).length > 0) return ctx.now();
  return Number.MAX_SAFE_INTEGER;
}

function waysOf({ env }: Context) {
  const { ALARM_WEBHOOK_URL: url, ALARM_WEBHOOK_SECRET: secret } = env;
  const mail = mailSettings(env);
  return [
    ...(url && secret
      ? [{ column: alarms.postedAt, counts: "posted" as const, tell: postAlarms({ url, secret }) }]
      : []),
    ...(mail ? [{ column: alarms.mailedAt, counts: "mailed" as const, tell: mailAlarms(mail) }] : []),
  ];
}

function untold(ctx: Context, toldAt: typeof alarms.postedAt | typeof alarms.mailedAt): Promise<Alarm[]> {
  return ctx.db
    .select()
    .from(alarms)
    .where(and(isNull(alarms.acknowledgedAt), or(isNull(toldAt), lte(toldAt, ctx.now() - AGAIN_AFTER_MS))))
    .orderBy(asc(alarms.raisedAt))
    .limit(AT_ONCE);
}

async function newsId(way: string, open: Alarm[]): Promise<string> {
  const said = open.map((alarm) => [alarm.id, alarm.postedAt, alarm.mailedAt]);
  return `news_${(await sha256(JSON.stringify([way, said]))).slice(0, 32)}`;
}
