import { isStoreUnavailable } from "../../../db/connect.ts";
import { escapeFor } from "../../../templates/message/escape.ts";
import { valueFor } from "../../../templates/message/values.ts";
import type { Context } from "../../context.ts";
import { type Letter, LetterAddress } from "../../letter.ts";
import { errorFields } from "../../log.ts";
import { compose } from "../compose.ts";
import { messageFacts } from "../message-facts.ts";
import type { Prepared } from "../read-facts.ts";

export type ComposedLetter = { letter: Letter } | { missing: string[] } | { isIncomplete: true };

/**
 * The piece for one person, in their language, addressed as the post office writes it. Names the tokens that have no
 * value; a piece without a name counts as one. Incomplete where street, town, state or ZIP is not there.
 */
export async function composeLetter(
  ctx: Context,
  prepared: Prepared,
  { standardSealed, householdKey }: { standardSealed: string | null; householdKey: string | null },
): Promise<ComposedLetter> {
  const address = standardSealed && (await openStandard(ctx, prepared.touch.patientId, standardSealed));
  if (!address || !householdKey) return { isIncomplete: true };
  const words = await compose(ctx, { ...prepared, to: householdKey });
  if ("missing" in words || !prepared.template)
    return "missing" in words ? { missing: words.missing } : { missing: ["template"] };
  const facts = await messageFacts(ctx, prepared.subject, prepared.template, true);
  const name = valueFor("nm", "plain", facts);
  if (name === null) return { missing: ["nm"] };
  const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();
  return {
    letter: {
      ...address,
      name: escapeFor("print", name),
      headline: oneLine(words.subject ?? ""),
      message: oneLine(words.body),
    },
  };
}

/** Null where it lacks something, or does not open: a row that was moved or changed in the store is posted to nobody. */
async function openStandard(ctx: Context, patientId: string, sealed: string) {
  try {
    const text = await ctx.keys.open({ table: "addresses_standard", row: patientId }, sealed);
    return LetterAddress.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (isStoreUnavailable(error)) throw error;
    ctx.log.error("address does not open", { patient: patientId, ...errorFields(error) });
    return null;
  }
}
