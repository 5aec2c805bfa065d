import { sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { touches } from "../../../db/schema/engagement.ts";
import { addresses } from "../../../db/schema/imports.ts";
import { mediaBuyRecipients } from "../../../db/schema/nudges.ts";
import type { Context } from "../../context.ts";
import type { Letter } from "../../letter.ts";
import { firstObjection, judge } from "../gate.ts";
import type { Objection } from "../prepare-batch.ts";
import { openPurse } from "../purse.ts";
import { type Prepared, readFacts } from "../read-facts.ts";
import { type ComposedLetter, composeLetter } from "./compose-letter.ts";

export type Judged = { postable: Postable[]; objections: Objection[] };
export type Postable = {
  touchId: string;
  mediaBuyId: string;
  householdKey: string;
  /** Of the address as the source gave it. */
  addressKey: string;
  letter: Letter;
};

/**
 * What the gate says of these letters, from rows read now: the same questions as for any message, whether the address is
 * one that post goes to, and one piece a household in each media buy. `served` holds the households, as
 * `mediaBuy:household`, that get a piece already; those of this answer are added. `purse` holds what letters before these
 * take from their nudges' budgets.
 */
export async function judgeLetters(
  ctx: Context,
  ids: string[],
  served?: Set<string>,
  purse = openPurse(),
): Promise<Judged> {
  const prepared = await readFacts(ctx, ids);
  const listed = await readListed(ctx, ids);
  const taken = served ?? (await readGathered(ctx, prepared, ids));
  const judged: Judged = { postable: [], objections: [] };
  for (const each of prepared) {
    const priceMicros = priceOfLetter(each);
    const budget = purse.fullOne(each.budgets, priceMicros);
    const { verdict, letter } = await judgeOne(ctx, each, budget !== null);
    const { id: touchId, mediaBuyId } = each.touch;
    const { householdKey, inputKey: addressKey } = each.postal ?? {};
    const home = `${mediaBuyId}:${householdKey}`;
    if (verdict || !letter || !mediaBuyId || !householdKey || !addressKey) {
      if (verdict) judged.objections.push({ id: touchId, verdict, budget });
    } else if (taken.has(home) || !listed.has(touchId)) {
      const twice = { gate: "cap", pass: false, action: "skip", reason: "duplicate_household" } as const;
      judged.objections.push({ id: touchId, verdict: twice });
    } else {
      taken.add(home);
      purse.take(each.budgets, priceMicros);
      judged.postable.push({ touchId, mediaBuyId, householdKey, addressKey, letter });
    }
  }
  return judged;
}

/** What the list's piece and postage cost, else what was reckoned when it was planned. Micros. */
function priceOfLetter({ touch, subject: { mediaBuy } }: Prepared): number {
  const agreed = mediaBuy ? mediaBuy.unitMicros + mediaBuy.postageMicros : 0;
  return agreed > 0 ? agreed : (touch.estimateMicros ?? 0);
}

async function judgeOne(ctx: Context, prepared: Prepared, isOverBudget: boolean) {
  const { postal, facts } = prepared;
  const composed: ComposedLetter | Record<never, never> =
    postal && facts.postal?.may === "post" ? await composeLetter(ctx, prepared, postal) : {};
  const judged = {
    ...facts,
    ...("isIncomplete" in composed && { postal: { may: "suppress", why: "address_incomplete" } as const }),
    notAfterAt: lastMoment(prepared),
    isOverBudget,
    missingFields: "missing" in composed ? composed.missing : [],
  };
  return { verdict: firstObjection(judge(judged, ctx.now())), letter: "letter" in composed ? composed.letter : null };
}

/** Once gathered, a letter waits for staff as long as they need; one about something to come, until that has come. */
function lastMoment({ touch }: Prepared): number {
  if (touch.leaseOwner !== touch.mediaBuyId) return touch.notAfterAt;
  const isBefore = touch.anchorAt !== null && touch.dueAt < touch.anchorAt;
  return isBefore ? (touch.anchorAt ?? 0) : Number.MAX_SAFE_INTEGER;
}

/** Which of these have a row of their own in their list: a second one to the same person has none. */
async function readListed(ctx: Context, ids: string[]): Promise<Set<string>> {
  const rows = await ctx.db.all<{ id: string }>(
    sql`SELECT touch_id AS id FROM ${mediaBuyRecipients} WHERE touch_id ${inList(ids)}`,
  );
  return new Set(rows.map(({ id }) => id));
}

/** The households of these people that have a letter gathered in the same media buys already. */
async function readGathered(ctx: Context, prepared: Prepared[], ids: string[]): Promise<Set<string>> {
  const homes = prepared.flatMap(({ postal }) => postal?.householdKey ?? []);
  const buys = prepared.flatMap(({ touch }) => touch.mediaBuyId ?? []);
  const rows = await ctx.db.all<{ home: string }>(sql`SELECT media_buy_id || ':' || household_key AS home
    FROM ${addresses} JOIN ${touches} ON touches.patient_id = addresses.patient_id
    WHERE household_key ${inList(homes)} AND media_buy_id ${inList([...new Set(buys)])}
      AND touches.status = 'claimed' AND lease_owner = media_buy_id AND touches.id NOT ${inList(ids)}`);
  return new Set(rows.map(({ home }) => home));
}
