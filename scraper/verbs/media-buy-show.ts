import { amount, MediaBuyDocument } from "../media-buy.ts";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  name: "media-buy show",
  summary: "Shows one media buy: whom it reached, what it cost, what it brought, and whether that was its doing",
  takes: "<slug> <media-buy>",
  options: {},
  async run({ positionals }) {
    const [tenant, id, ...more] = positionals;
    if (!tenant || !id || more.length > 0) throw new UsageError("name one clinic and one media buy");
    const buy = await askEdge("/media-buys/show", { tenant, id }, MediaBuyDocument);
    const { mailed, holdout, suppressed, fulfilled, returned } = buy.recipients;
    const gain = buy.incrementalRoi;
    const lines = [
      `${buy.name}, ${buy.vendor}: ${buy.status}`,
      `people    ${mailed} mailed, ${holdout} held out, ${suppressed} suppressed`,
      `sent      ${fulfilled}, ${returned} returned`,
      `quoted    ${amount(buy.quotedMicros, buy.currency)}`,
      `cost      ${amount(buy.totalMicros, buy.currency)}, each ${amount(buy.perRecipientMicros, buy.currency)}`,
      `responses ${buy.responses ?? "-"}`,
      `revenue   ${amount(buy.revenueMicros, buy.currency)}`,
      `ROI       ${typeof buy.roi === "number" ? buy.roi.toFixed(2) : (buy.roi ?? "-")}`,
      `beyond    ${gain ? `${gain.value.toFixed(2)} (${gain.low.toFixed(2)} to ${gain.high.toFixed(2)})` : "not enough data"}`,
    ];
    return { ok: true, document: buy, text: lines.join("\n") };
  },
};
