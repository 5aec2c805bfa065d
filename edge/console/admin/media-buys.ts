import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../../context.ts";
import { commitMailing } from "../../delivery/media-buys/commit-mailing.ts";
import {
  cancelMediaBuy,
  completeMediaBuy,
  Mailed,
  recordMailed,
  startProduction,
} from "../../delivery/media-buys/follow-mailing.ts";
import { findBuy } from "../../delivery/media-buys/move-buy.ts";
import { Returned, recordReturned } from "../../delivery/media-buys/record-returned.ts";
import { sendFileAgain } from "../../exports/decide-delivery.ts";
import { type AppEnv, parseJson } from "../../http.ts";
import { getBuy, type Listed, listBuys } from "../media-buys/read-buys.ts";
import { contextOf, OneTenant, operatorBody } from "./operator.ts";

const One = OneTenant.extend({ id: z.string() });
const ChangeMediaBuy = z.discriminatedUnion("to", [
  One.extend({ to: z.enum(["committed", "in_production", "completed", "cancelled", "sent_again"]) }),
  One.extend({ to: z.literal("mailed"), mailed: Mailed }),
]);
const LISTED = 200;

/** `/admin/v1/media-buys…`: what was bought for nudges, and how it goes on. */
export const mediaBuyRoutes = new Hono<AppEnv>()
  .post("/list", async (c) => {
    const { tenant } = parseJson(OneTenant, await operatorBody(c));
    const newest = { at: Number.MAX_SAFE_INTEGER, id: "" };
    const buys = await listBuys(await contextOf(c, tenant), { before: newest, limit: LISTED });
    return c.json(buys.map(documentOf));
  })
  .post("/show", async (c) => {
    const { tenant, id } = parseJson(One, await operatorBody(c));
    return c.json(documentOf(await getBuy(await contextOf(c, tenant), id)));
  })
  .post("/change", async (c) => {
    const change = parseJson(ChangeMediaBuy, await operatorBody(c));
    const ctx = await contextOf(c, change.tenant);
    const came = await apply(ctx, change);
    return c.json({ status: (await findBuy(ctx, change.id)).status, ...came });
  })
  .post("/returned", async (c) => {
    const { tenant, ...pieces } = parseJson(Returned.extend(OneTenant.shape), await operatorBody(c));
    return c.json(await recordReturned(await contextOf(c, tenant), pieces));
  });

async function apply(ctx: Context, change: z.infer<typeof ChangeMediaBuy>): Promise<object> {
  switch (change.to) {
    case "committed":
      return commitMailing(ctx, change.id);
    case "in_production":
      await startProduction(ctx, change.id);
      break;
    case "mailed":
      await recordMailed(ctx, change.id, change.mailed);
      break;
    case "sent_again":
      await sendFileAgain(ctx, change.id);
      break;
    case "completed":
      await completeMediaBuy(ctx, change.id);
      break;
    case "cancelled":
      await cancelMediaBuy(ctx, change.id);
  }
  return {};
}

/** A media buy for the operator: sums in micros of its currency, what is too small to be said as `too few`. */
function documentOf({ buy, nudge, counts, numbers }: Listed) {
  const { id, name, channel, status, vendor, currency, slotStartsAt, mailOn, inHomeFromOn, budgetMicros } = buy;
  const own = { id, name, nudge: nudge.code, channel, status, vendor, currency, slotStartsAt, mailOn, inHomeFromOn };
  return { ...own, budgetMicros, recipients: counts, ...numbers };
}
