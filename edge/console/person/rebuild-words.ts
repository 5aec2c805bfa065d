import type { Context } from "../../context.ts";
import { compose } from "../../delivery/compose.ts";
import { readFacts } from "../../delivery/read-facts.ts";

export type Words = {
  subject: string | null;
  body: string;
  /** Whether these are, letter by letter, the words that were handed over: by the keyed hash that was kept of them. */
  isExact: boolean;
};

const PAGE = 50;
/** Each link was one of its own, and is kept only as a hash. */
const LINK = /https?:\/\/\S+\/[suv]\/[\w-]{20,}\S*/g;

/**
 * What messages said, by their ids: composed anew from the wording that was used and the rows as they stand now. The
 * words themselves were never kept; none are given where a row that they spoke of is gone.
 */
export async function rebuildWords(
  ctx: Context,
  messages: { id: string }[],
  bodyKeys: Map<string, string[]>,
): Promise<Map<string, Words>> {
  const words = new Map<string, Words>();
  for (let start = 0; start < messages.length; start += PAGE) {
    const ids = messages.slice(start, start + PAGE).map(({ id }) => id);
    for (const prepared of await readFacts(ctx, ids)) {
      const composed = await compose(ctx, prepared);
      if ("missing" in composed) continue;
      const { subject, body, bodyKey } = composed;
      const isExact = bodyKeys.get(prepared.touch.id)?.includes(bodyKey) ?? false;
      words.set(prepared.touch.id, { subject, body: body.replace(LINK, "[a link of its own]"), isExact });
    }
  }
  return words;
}
