import * as z from "zod";
import type { Context } from "../../context.ts";
import { activateNudge } from "../../engagement/change-nudge.ts";
import { SaveNudge } from "../../engagement/nudge-input.ts";
import { saveNudge } from "../../engagement/save-nudge.ts";
import { SaveTemplate, saveTemplate } from "../../engagement/templates/save-template.ts";
import { HearbackError } from "../../errors.ts";

/** A clinic's wordings and nudges, as its kit holds them. */
export const Kit = z.object({
  templates: z.array(SaveTemplate).max(200).default([]),
  nudges: z
    .array(SaveNudge.extend({ isActive: z.boolean().default(true) }))
    .max(200)
    .default([]),
});
export type Kit = z.infer<typeof Kit>;

/** What became of each nudge of a kit: marketing, for one, waits for a second person. */
export type AppliedKit = { templates: number; nudges: Record<string, string> };

/**
 * Saves a kit's wordings, then its nudges, and puts those to work that may be. Doing it again with the same kit changes
 * nothing. Throws BAD_REQUEST naming what of which entry does not fit; what stood before that entry is saved.
 */
export async function applyKit(ctx: Context, kit: Kit): Promise<AppliedKit> {
  for (const [index, template] of kit.templates.entries()) {
    await naming(`templates.${index}`, () => saveTemplate(ctx, template));
  }
  const applied: AppliedKit = { templates: kit.templates.length, nudges: {} };
  for (const [index, { isActive, ...nudge }] of kit.nudges.entries()) {
    const { status } = await naming(`nudges.${index}`, () => saveNudge(ctx, nudge));
    const isToActivate = isActive && status === "draft";
    applied.nudges[nudge.code] = isToActivate ? (await activateNudge(ctx, nudge.code)).status : status;
  }
  return applied;
}

async function naming<Value>(entry: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HearbackError)) throw error;
    const problems = error.problems.map(({ field, problem }) => ({ field: `${entry}.${field}`, problem }));
    throw new HearbackError(error.code, `${entry}: ${error.message}`, { problems, cause: error });
  }
}
