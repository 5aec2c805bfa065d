import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { newId } from "../../db/ids.ts";
import { optOuts } from "../../db/schema/engagement.ts";
import { consents } from "../../db/schema/nudges.ts";
import { type Context, stamp } from "../context.ts";

export type NewConsent = {
  /** The number in E.164, or the mail address. */
  address: string;
  channel: "sms" | "mail";
  purpose: "care" | "marketing";
  /** What exactly was agreed to. */
  wording: string;
  /** How: by form, by phone, in person. */
  source: string;
  /** What proves it, such as where the paper lies; kept sealed. Empty for nothing. */
  evidence: string;
  /** When it was given, epoch ms. */
  at: number;
};

/**
 * Records a yes. `known` when the same yes is in force already; `overtaken` when its owner has said no since, so that
 * an older yes cannot count: a new one has to be asked for. `stopped` when it is recorded, and an opt-out still holds.
 */
export async function recordConsent(
  ctx: Context,
  given: NewConsent,
): Promise<"recorded" | "known" | "overtaken" | "stopped"> {
  const id = newId("consent", ctx.now());
  const addressKey = await ctx.keys.blindIndex("address", given.address);
  const evidence = given.evidence ? await ctx.keys.seal({ table: "consents", row: id }, given.evidence) : null;
  const { channel, purpose, wording, source, at } = given;
  const same = sql`address_key = ${addressKey} AND channel = ${channel}`;
  const noes = sql`FROM ${optOuts} WHERE ${same} AND purpose IN ('all', ${purpose})`;
  const [added, , live, stops] = await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${consents} (id, address_key, channel, purpose, wording, source, evidence, at)
      SELECT ${id}, ${addressKey}, ${channel}, ${purpose}, ${wording}, ${source}, ${evidence}, ${at}
      WHERE NOT EXISTS (SELECT 1 ${noes} AND at > ${at})
        AND NOT EXISTS (SELECT 1 FROM ${consents} WHERE ${same} AND purpose = ${purpose} AND ended_at > ${at})
      ON CONFLICT (address_key, channel, purpose) WHERE ended_at IS NULL DO NOTHING`),
    ctx.db.run(
      auditIfChanged(stamp(ctx), { action: "consent.recorded", entityId: id, details: { source, channel, purpose } }),
    ),
    ctx.db.all(sql`SELECT 1 FROM ${consents} WHERE ${same} AND purpose = ${purpose} AND ended_at IS NULL`),
    ctx.db.all(sql`SELECT 1 ${noes} AND ended_at IS NULL`),
  ]);
  if (added.rowsAffected === 0) return live.length > 0 ? "known" : "overtaken";
  return stops.length > 0 ? "stopped" : "recorded";
}

/** Ends a yes because its owner took it back. False when it was ended before, or there is none of that id. */
export async function endConsent(ctx: Context, id: string): Promise<boolean> {
  const [ended] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${consents} SET ended_at = ${ctx.now()}, ended_by = ${stamp(ctx).actor}
      WHERE id = ${id} AND ended_at IS NULL`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "consent.ended", entityId: id, details: { by: "staff" } })),
  ]);
  return ended.rowsAffected > 0;
}
