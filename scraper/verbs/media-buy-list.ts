import * as z from "zod";
import { amount, MediaBuyDocument } from "../media-buy.ts";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  name: "media-buy list",
  summary: "Lists a clinic's media buys, newest first: how many were sent, what each cost and brought",
  takes: "<slug>",
  options: {},
  async run({ positionals }) {
    const [tenant, ...more] = positionals;
    if (!tenant || more.length > 0) throw new UsageError("name one clinic");
    const rows = await askEdge("/media-buys/list", { tenant }, z.array(MediaBuyDocument));
    const lines = rows.map((buy) =>
      [buy.id, buy.status, `${buy.recipients.fulfilled} sent`, amount(buy.totalMicros, buy.currency), buy.name].join(
        "  ",
      ),
    );
    return { ok: true, document: rows, text: lines.join("\n") };
  },
};
