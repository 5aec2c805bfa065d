import { type SQL, sql } from "drizzle-orm";
import { touches } from "../../../db/schema/engagement.ts";
import { mediaBuyRecipients, mediaBuys, nudges } from "../../../db/schema/nudges.ts";
import { audit } from "../../../db/schema/operations.ts";
import { type Context, stamp } from "../../context.ts";
import { HearbackError } from "../../errors.ts";
import { wake } from "../../wake.ts";
import { judgeLetters, type Postable } from "../letters/judge-letters.ts";
import { applyObjections } from "../prepare-batch.ts";
import { openPurse } from "../purse.ts";
import { isUnwilling } from "../wills.ts";
import { refuseCommit } from "./may-commit.ts";
import { findBuy, moveBuy } from "./move-buy.ts";
import { countRecipients, ENDED } from "./recipients.ts";

const AT_ONCE = 300;

/** `later`: put off by the gate, for the list of a later slot. */
export type Committed = { mailed: number; ended: number; later: number };

type Frozen = Omit<Postable, "letter">;

/**
 * Freezes a mailing's list: asks the gate about everybody on it once more, keeps sealed what each piece says and where it
 * goes, with a random reference that the piece bears, and lets the file be made. From here on the list does not change;
 * who said no between the gate and here is still left out. Throws NOT_FOUND, FORBIDDEN where a second person has to, or
 * CONFLICT where it is no draft of letters, would cost more than its budget, or nobody on it may be written to.
 */
export async function commitMailing(ctx: Context, id: string): Promise<Committed> {
  const buy = await findBuy(ctx, id);
  if (buy.channel !== "print")
    throw new HearbackError("CONFLICT", "Texts and mails leave by themselves; only letters are committed.");
  const planned = (await countRecipients(ctx, [id])).get(id)?.mailed ?? 0;
  await refuseCommit(ctx, buy, planned);
  const frozen: Frozen[] = [];
  const counts = { ended: 0, later: 0 };
  const served = new Set<string>();
  const purse = openPurse();
  for (const ids of pagesOf(await takeAll(ctx, id))) {
    const { postable, objections } = await judgeLetters(ctx, ids, served, purse);
    const { putOff, ended } = await applyObjections(ctx, objections);
    counts.ended += ended;
    counts.later += putOff;
    await keepPieces(ctx, postable);
    frozen.push(...postable.map(({ letter: _, ...key }) => key));
  }
  await moveBuy(ctx, id, {
    from: ["draft"],
    to: "committed",
    details: { mailed: frozen.length, ...counts },
    only: { when: hasSomebody(id), otherwise: whyNobody(counts) },
    along: (may) => freeze(ctx, id, frozen, may),
  });
  await wake(ctx);
  return { mailed: frozen.length, ...counts };
}

/** Everybody on the list is the list's now, also who is due later that day. Nothing happens to one that is frozen. */
async function takeAll(ctx: Context, id: string): Promise<string[]> {
  const [, rows] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${touches} SET status = 'claimed', lease_owner = ${id}, lease_until = NULL, updated_at = ${ctx.now()}
      WHERE media_buy_id = ${id} AND status = 'planned' AND EXISTS (SELECT 1 FROM ${mediaBuys} WHERE id = ${id} AND status = 'draft')`),
    ctx.db.all<{ id: string }>(sql`SELECT id FROM ${touches} WHERE media_buy_id = ${id} AND status = 'claimed'
      AND lease_owner = ${id} ORDER BY created_at, id`),
  ]);
  return rows.map((row) => row.id);
}

function pagesOf(ids: string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, page) =>
    ids.slice(page * AT_ONCE, (page + 1) * AT_ONCE),
  );
}

async function keepPieces(ctx: Context, postable: Postable[]): Promise<void> {
  const rows = await Promise.all(
    postable.map(async ({ touchId, mediaBuyId, letter }) => {
      const reference = newReference();
      const place = { table: "media_buy_recipients", row: reference };
      return { touchId, mediaBuyId, reference, sealed: await ctx.keys.seal(place, JSON.stringify(letter)) };
    }),
  );
  if (rows.length === 0) return;
  const given = (name: string) => sql.raw(`json_extract(row.value, '$.${name}')`);
  await ctx.db.run(sql`UPDATE ${mediaBuyRecipients} SET role = 'mailed', suppress_reason = NULL, reference = ${given("reference")},
      address_sealed = ${given("sealed")} FROM json_each(${JSON.stringify(rows)}) AS row
    WHERE touch_id = ${given("touchId")} AND EXISTS (SELECT 1 FROM ${mediaBuys}
      WHERE media_buys.id = ${given("mediaBuyId")} AND media_buys.status = 'draft')`);
}

/** Letters and digits that nobody confuses; 32 to the power of 12 of them. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function newReference(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => LETTERS[byte % 32]).join("");
}

/** Before the list is frozen: gathered; after: about to go. */
function hasSomebody(id: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${touches} WHERE touches.media_buy_id = ${id} AND (touches.status = 'sending'
    OR (touches.status = 'claimed' AND touches.lease_owner = ${id})))`;
}

function freeze(ctx: Context, id: string, frozen: Frozen[], may: SQL): SQL[] {
  const { at, actor, requestId } = stamp(ctx);
  const rows = JSON.stringify(frozen);
  const key = (name: keyof Frozen) => sql.raw(`json_extract(row.value, '$.${name}')`);
  const category = sql`(SELECT category FROM ${nudges} WHERE nudges.id = touches.nudge_id)`;
  const refuses = (addressKey: SQL) => isUnwilling({ addressKey, channel: "print", category, kind: sql`touches.kind` });
  // Once more, in the very statement: nobody who has said no since the gate was asked.
  const leaves = sql`touches.id = ${key("touchId")} AND touches.status = 'claimed'
    AND touches.lease_owner = ${id} AND NOT ${refuses(key("householdKey"))} AND NOT ${refuses(sql`touches.patient_id`)} AND ${may}`;
  return [
    sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, 'touch.sending', touches.id, json_object('mediaBuy', ${id}), ${requestId}
      FROM json_each(${rows}) AS row JOIN ${touches} ON ${leaves}`,
    sql`UPDATE ${touches} SET status = 'sending', address_key = ${key("addressKey")}, lease_owner = NULL, reason = NULL, updated_at = ${at},
        estimate_micros = coalesce(nullif((SELECT unit_micros + postage_micros FROM ${mediaBuys} WHERE id = ${id}), 0), estimate_micros)
      FROM json_each(${rows}) AS row WHERE ${leaves}`,
    // Who is not among them gets no piece of this list, and nothing of theirs is kept with it.
    sql`UPDATE ${mediaBuyRecipients} SET role = 'suppressed', reference = NULL, address_sealed = NULL, suppress_reason =
        (SELECT coalesce(reason, 'opted_out') FROM ${touches} WHERE touches.id = touch_id)
      WHERE media_buy_id = ${id} AND role = 'mailed' AND ${may}
        AND touch_id IN (SELECT id FROM ${touches} WHERE media_buy_id = ${id} AND ${ENDED})`,
    // Who was put off goes on a later list, as if never on this one.
    sql`DELETE FROM ${mediaBuyRecipients} WHERE media_buy_id = ${id} AND ${may}
      AND touch_id IN (SELECT id FROM ${touches} WHERE media_buy_id = ${id} AND status IN ('planned', 'claimed'))`,
    sql`UPDATE ${touches} SET status = 'planned', media_buy_id = NULL, lease_owner = NULL, lease_until = NULL
      WHERE media_buy_id = ${id} AND status = 'claimed' AND lease_owner = ${id} AND ${may}`,
  ];
}

function whyNobody({ ended, later }: { ended: number; later: number }): string {
  if (ended + later === 0)
    return "Nobody is on this list, or they are being looked at just now; look again in a minute.";
  return `Nobody on this list may be written to now: ${ended} cannot be, ${later} wait. Look at the nudge, at pauses, and at how old the data are.`;
}
