import { type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { newId } from "../../db/ids.ts";
import { optOuts, touches } from "../../db/schema/engagement.ts";
import { addresses } from "../../db/schema/imports.ts";
import { consents, nudges } from "../../db/schema/nudges.ts";
import { contactPoints } from "../../db/schema/people.ts";
import { type Context, stamp } from "../context.ts";
import { endTouches } from "../engagement/end-touches.ts";

export type OptOutSource = "keyword" | "free_text" | "carrier" | "link" | "staff";
/** What somebody wants no more of. */
export type Purpose = "all" | "care" | "marketing";
type Channel = "sms" | "mail" | "print";

/**
 * The statements that stop messages of a purpose to an address (all texts unless told otherwise), end the consents that
 * this takes back, and end what is planned for whoever has the address, in one batch. Saying it twice changes nothing.
 * `evidence` is what the person wrote, already sealed to `opt_outs` and the id given.
 */
export function optOutStatements(
  ctx: Context,
  optOut: {
    addressKey: string;
    source: OptOutSource;
    evidence: string | null;
    id?: string;
    channel?: Channel;
    purpose?: Purpose;
  },
): SQL[] {
  const { addressKey, source, evidence, channel = "sms", purpose = "all", id = newId("optOut", ctx.now()) } = optOut;
  return [
    sql`INSERT INTO ${optOuts} (id, address_key, channel, purpose, source, evidence, at)
      VALUES (${id}, ${addressKey}, ${channel}, ${purpose}, ${source}, ${evidence}, ${ctx.now()})
      ON CONFLICT (address_key, channel, purpose) WHERE ended_at IS NULL DO NOTHING`,
    auditIfChanged(stamp(ctx), { action: "opt_out.recorded", entityId: id, details: { source, channel, purpose } }),
    sql`UPDATE ${consents} SET ended_at = ${ctx.now()}, ended_by = (SELECT id FROM ${optOuts} WHERE
        opt_outs.address_key = ${addressKey} AND opt_outs.channel = ${channel} AND opt_outs.purpose = ${purpose} AND opt_outs.ended_at IS NULL)
      WHERE address_key = ${addressKey} AND channel = ${channel} AND ended_at IS NULL AND ${purpose} IN ('all', purpose)`,
    auditIfChanged(stamp(ctx), { action: "consent.ended", entityId: addressKey, details: { by: id, purpose } }),
    ...endTouches(ctx, waiting(addressKey, channel, purpose), "skipped", "opted_out"),
  ];
}

/** What is planned of a purpose for everybody who has the address. */
function waiting(addressKey: string, channel: Channel, purpose: Purpose): SQL {
  const category = sql`coalesce((SELECT category FROM ${nudges} WHERE nudges.id = ${touches.nudgeId}), 'care')`;
  // Letters go to a household, or are refused by a person, whose own id is the key then.
  const owners =
    channel === "print"
      ? sql`SELECT patient_id FROM ${addresses} WHERE household_key = ${addressKey} UNION SELECT ${addressKey}`
      : sql`SELECT patient_id FROM ${contactPoints} WHERE address_key = ${addressKey} AND is_current = 1`;
  return sql`patient_id IN (${owners})
    AND channel = ${channel} AND status IN ('planned', 'claimed') AND ${purpose} IN ('all', ${category})`;
}

/**
 * The statements that let a number be written to again because its owner asked for it from that number: every opt-out
 * of it ends, and the consents that these had taken back hold again, with the new words as their evidence. `restored`
 * are new consents' ids, one a purpose, with the words sealed to each.
 */
export function optInStatements(
  ctx: Context,
  addressKey: string,
  by: string,
  restored: { id: string; purpose: "care" | "marketing"; evidence: string }[] = [],
): SQL[] {
  const live = sql`address_key = ${addressKey} AND channel = 'sms' AND ended_at IS NULL`;
  return [
    ...restored.flatMap(({ id, purpose, evidence }) => [
      sql`INSERT INTO ${consents} (id, address_key, channel, purpose, wording, source, evidence, at)
        SELECT ${id}, address_key, channel, purpose, wording, ${by}, ${evidence}, ${ctx.now()} FROM ${consents}
        WHERE address_key = ${addressKey} AND channel = 'sms' AND purpose = ${purpose}
          AND ended_by IN (SELECT id FROM ${optOuts} WHERE ${live}) ORDER BY at DESC LIMIT 1
        ON CONFLICT (address_key, channel, purpose) WHERE ended_at IS NULL DO NOTHING`,
      auditIfChanged(stamp(ctx), { action: "consent.recorded", entityId: id, details: { source: by, purpose } }),
    ]),
    sql`UPDATE ${optOuts} SET ended_at = ${ctx.now()}, ended_by = ${by} WHERE ${live}`,
    auditIfChanged(stamp(ctx), { action: "opt_out.ended", entityId: addressKey, details: { by } }),
  ];
}
