import { sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { messageTemplates } from "../../db/schema/engagement.ts";
import type { Context } from "../context.ts";
import { priceNow } from "../prices.ts";
import type { Step } from "./read-nudges.ts";
import { previewWording } from "./templates/preview-wording.ts";

type Priced = Pick<Step, "id" | "channel" | "templateKey" | "templateVersion" | "unitCostMicros">;

/**
 * What one message of each step is expected to cost, in micros, by step id: a text the segments of its longest language,
 * filled with an invented patient's facts, at today's price. What a text really costs shows when it is handed over.
 */
export async function priceSteps(ctx: Context, steps: Priced[]): Promise<Map<string, number>> {
  const wordings = await ctx.db
    .select()
    .from(messageTemplates)
    .where(sql`key ${inList(steps.map(({ templateKey }) => templateKey))} AND channel = 'sms'`);
  const segmentsOf = ({ templateKey, templateVersion }: Priced) => {
    const own = wordings.filter(({ key, version }) => key === templateKey && version === templateVersion);
    return Math.max(1, ...own.map((row) => previewWording(ctx, "sms", row.locale, row).sms?.segments ?? 1));
  };
  return new Map(
    steps.map((step) => {
      if (step.channel === "sms") return [step.id, segmentsOf(step) * priceNow(ctx, { channel: "sms" })];
      return [step.id, step.unitCostMicros ?? priceNow(ctx, { channel: step.channel })];
    }),
  );
}
