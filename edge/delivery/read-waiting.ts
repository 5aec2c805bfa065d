import { sql } from "drizzle-orm";
import { messageTemplates, touches } from "../../db/schema/engagement.ts";
import { parseTemplate } from "../../templates/message/parse-template.ts";
import { render } from "../../templates/message/render.ts";
import { sampleFacts } from "../../templates/message/sample.ts";
import { segmentsOf } from "../../templates/message/segments.ts";
import type { Context } from "../context.ts";
import { priceNow } from "../prices.ts";
import { originOf } from "./compose.ts";

/** What is planned of one kind of message, and at most what it would cost. */
export type Waiting = {
  kind: string;
  /** Would leave now if nothing held it. */
  dueNow: number;
  /** Is due later anyway. */
  later: number;
  /** When the first of those is due (epoch ms). */
  nextDueAt: number | null;
  /** At most: the longest language's segments at the tenant's price. */
  priceNow: number;
};

/** What waits, by kind: counts and price. Reads only what is planned, through its own index. */
export async function readWaiting(ctx: Context): Promise<Waiting[]> {
  const now = ctx.now();
  const [groups, templates] = await ctx.db.batch([
    ctx.db.all<{ kind: string; key: string; version: number; dueNow: number; later: number; nextDueAt: number | null }>(
      sql`SELECT kind, template_key AS key, template_version AS version, sum(due_at <= ${now} OR reason IS 'paused') AS dueNow,
        sum(due_at > ${now} AND reason IS NOT 'paused') AS later, min(iif(due_at > ${now}, due_at, NULL)) AS nextDueAt
        FROM ${touches} WHERE status = 'planned' GROUP BY kind, template_key, template_version`,
    ),
    ctx.db
      .select()
      .from(messageTemplates)
      .where(
        sql`(key, version) IN (SELECT DISTINCT template_key, template_version FROM ${touches} WHERE status = 'planned')`,
      ),
  ]);
  const waiting = groups.map(({ kind, key, version, dueNow, later, nextDueAt }): Waiting => {
    const wordings = templates.filter((each) => each.key === key && each.version === version);
    return { kind, dueNow, later, nextDueAt, priceNow: dueNow * priceOf(ctx, wordings) };
  });
  return [...Map.groupBy(waiting, ({ kind }) => kind).values()].map(sum);
}

function priceOf(ctx: Context, templates: { body: string; locale: string }[]): number {
  const { settings } = ctx.tenant;
  const segments = templates.map(({ body, locale }) => {
    const parsed = parseTemplate(body);
    const facts = sampleFacts(settings, { now: ctx.now(), language: locale, origin: originOf(ctx) });
    const filled = "parts" in parsed ? render(parsed.parts, facts, "sms") : parsed;
    return segmentsOf("text" in filled ? filled.text : body).count;
  });
  return Math.max(1, ...segments) * (priceNow(ctx, { channel: "sms" }) / 1e6);
}

function sum(parts: Waiting[]): Waiting {
  return parts.reduce((one, other) => ({
    kind: one.kind,
    dueNow: one.dueNow + other.dueNow,
    later: one.later + other.later,
    nextDueAt: Math.min(one.nextDueAt ?? Number.MAX_SAFE_INTEGER, other.nextDueAt ?? Number.MAX_SAFE_INTEGER) || null,
    priceNow: one.priceNow + other.priceNow,
  }));
}
