import { desc } from "drizzle-orm";
import { Hono } from "hono";
import * as z from "zod";
import { mediaBuys } from "../../../db/schema/nudges.ts";
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
import { countRecipients } from "../../delivery/media-buys/recipients.ts";
import { Returned, recordReturned } from "../../delivery/media-buys/record-returned.ts";
import { sendFileAgain } from "../../exports/decide-delivery.ts";
import { type AppEnv, parseJson } from "../../http.ts";
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
    return c.json(await listMediaBuys(await contextOf(c, tenant)));
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

async function listMediaBuys(ctx: Context) {
  const rows = await ctx.db.select().from(mediaBuys).orderBy(desc(mediaBuys.createdAt)).limit(LISTED);
  const counts = await countRecipients(
    ctx,
    rows.map(({ id }) => id),
  );
  return rows.map(({ id, name, channel, status, vendor, slotStartsAt }) => ({
    ...{ id, name, channel, status, vendor, slotStartsAt },
    recipients: counts.get(id),
  }));
}
