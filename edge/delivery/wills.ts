import { type SQL, sql } from "drizzle-orm";
import { optOuts } from "../../db/schema/engagement.ts";
import { consents } from "../../db/schema/nudges.ts";

/** What a person said about one address: a `no` to a purpose (or `all`), or a `yes` to marketing. In force. */
export type Will = { addressKey: string; channel: string; purpose: string; says: "no" | "yes" };

/** The message that somebody's will is asked about. A survey or a fresh link is care. */
export type Asked = { addressKey: string; channel: string; category: string; kind: string };

/** Everything that is in force for these addresses (SQL of a set of `address_key`). Reads live rows only. */
export function willsOf(addresses: SQL): SQL<Will> {
  return sql`SELECT address_key AS addressKey, channel, purpose, 'no' AS says FROM ${optOuts}
      WHERE address_key IN ${addresses} AND ended_at IS NULL
    UNION ALL SELECT address_key, channel, purpose, 'yes' FROM ${consents}
      WHERE address_key IN ${addresses} AND ended_at IS NULL AND purpose = 'marketing'`;
}

/**
 * Whether the person said no to such a message (`opted_out`), or never said yes where a yes is needed (`no_consent`):
 * marketing by text or mail needs one, care does not. Null when it may be sent. The same rule as `isUnwilling`.
 */
export function objection(wills: Will[], asked: Asked): "opted_out" | "no_consent" | null {
  const own = wills.filter((will) => will.addressKey === asked.addressKey && will.channel === asked.channel);
  const purposes = ["all", asked.category, asked.kind];
  if (own.some(({ says, purpose }) => says === "no" && purposes.includes(purpose))) return "opted_out";
  const needsYes = asked.category === "marketing" && asked.channel !== "print";
  return needsYes && !own.some(({ says }) => says === "yes") ? "no_consent" : null;
}

/** The same rule inside a statement, so that a STOP between the gate and the hand-over still counts. Each is SQL or a value. */
export function isUnwilling(asked: Record<keyof Asked, SQL | string>): SQL {
  const { addressKey, channel, category, kind } = asked;
  return sql`(EXISTS (SELECT 1 FROM ${optOuts} WHERE opt_outs.address_key = ${addressKey} AND opt_outs.channel = ${channel}
      AND opt_outs.ended_at IS NULL AND opt_outs.purpose IN ('all', ${category}, ${kind}))
    OR (${category} = 'marketing' AND ${channel} <> 'print' AND NOT EXISTS (SELECT 1 FROM ${consents}
      WHERE consents.address_key = ${addressKey} AND consents.channel = ${channel} AND consents.purpose = 'marketing'
        AND consents.ended_at IS NULL)))`;
}
