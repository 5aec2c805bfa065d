import type { MediaBuy } from "../../delivery/media-buys/move-buy.ts";
import type { RecipientCounts } from "../../delivery/media-buys/recipients.ts";
import type { Revenue } from "../../engagement/media-buys/attribute.ts";
import { perRecipientMicros, quotedMicros, totalMicros } from "../../engagement/media-buys/cost.ts";
import { type Estimate, incrementalMicros, incrementalRoi, roi } from "../../engagement/media-buys/effect.ts";
import { SMALLEST_GROUP } from "../surveys/read-report.ts";

/** What is known of a media buy besides its own row. */
export type Facts = {
  counts: RecipientCounts;
  /** What carriers took for texts and mails that left. */
  carriedMicros: number;
  /** Whether its time has a beginning: before, it can have no effect. */
  hasWindow: boolean;
  responses: number;
  spent: Revenue;
  foreign: { currency: string; micros: number }[];
};

/** A number that so few people make that it would say who they are. */
export const TOO_FEW = "too few";
export type Shown = number | typeof TOO_FEW | null;

/** A media buy in numbers: micros of its currency. Null where there is nothing to say yet. */
export type BuyNumbers = {
  /** By what was agreed, for all who are to get a piece. */
  quotedMicros: number;
  /** What it costs as things stand: agreed until there is an invoice. */
  totalMicros: number;
  perRecipientMicros: number | null;
  responses: Shown;
  revenueMicros: Shown;
  /** (revenue − cost) ÷ cost. */
  roi: Shown;
  incrementalMicros: Estimate | null;
  incrementalRoi: Estimate | null;
  foreign: { currency: string; micros: number }[];
};

/** The numbers of one buy. Pure. What fewer than five people did is not said, nor what it could be reckoned from. */
export function numbersOf(buy: MediaBuy, facts: Facts): BuyNumbers {
  const { counts, hasWindow, spent } = facts;
  // Texts have no vendor's price where none was agreed: then it is what their carriers take.
  const isCarried = buy.channel !== "print" && buy.unitMicros + buy.postageMicros === 0;
  const carried = isCarried ? facts.carriedMicros : 0;
  const quoted = quotedMicros(buy, counts.mailed) + carried;
  const isMade = counts.fulfilled > 0;
  const total = buy.invoicedMicros ?? (isMade ? totalMicros(buy, counts.fulfilled) + carried : quoted);
  const revenue = [...spent.mailed.values()].reduce((sum, each) => sum + each, 0);
  const isFew = spent.mailed.size > 0 && spent.mailed.size < SMALLEST_GROUP;
  const incremental =
    hasWindow && !isFew
      ? incrementalMicros(groupOf(counts.mailed, spent.mailed), groupOf(counts.holdout, spent.holdout))
      : null;
  return {
    quotedMicros: quoted,
    totalMicros: total,
    perRecipientMicros: perRecipientMicros(total, counts.fulfilled),
    responses: hasWindow ? few(facts.responses, facts.responses) : null,
    revenueMicros: hasWindow ? few(revenue, spent.mailed.size) : null,
    roi: hasWindow ? few(roi(revenue, total), spent.mailed.size) : null,
    incrementalMicros: incremental,
    incrementalRoi: incrementalRoi(incremental, total),
    foreign: isFew ? [] : facts.foreign,
  };
}

function groupOf(heads: number, spent: Map<string, number>) {
  return { heads, spentMicros: [...spent.values()] };
}

function few(value: number | null, people: number): Shown {
  return people > 0 && people < SMALLEST_GROUP ? TOO_FEW : value;
}
