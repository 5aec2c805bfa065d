import { sql } from "drizzle-orm";
import { messageTemplates, touches } from "../../db/schema/engagement.ts";
import type { Context } from "../context.ts";
import { fillTemplate } from "./message.ts";
import { segmentsOf } from "./segments.ts";

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

const LINK_TOKEN = "x".repeat(28);

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
    const bodies = templates.filter((each) => each.key === key && each.version === version).map(({ body }) => body);
    return { kind, dueNow, later, nextDueAt, priceNow: dueNow * priceOf(ctx, bodies) };
  });
  return [...Map.groupBy(waiting, ({ kind }) => kind).values()].map(sum);
}

function priceOf(ctx: Context, bodies: string[]): number {
  const { messages, theme, hosts } = ctx.tenant.settings;
  const origin = hosts[0] ? `https://${hosts[0]}` : ctx.env.PUBLIC_URL;
  const fields = { sender: messages.senderName, phone_to_call: theme.phoneToCall, link: `${origin}/s/${LINK_TOKEN}` };
  const segments = bodies.map((body) => {
    const filled = fillTemplate(body, fields);
    return segmentsOf("text" in filled ? filled.text : body).count;
  });
  return Math.max(1, ...segments) * messages.pricePerSegment;
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
