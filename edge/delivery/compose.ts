import type { Context } from "../context.ts";
import { mintLinkToken } from "../link-token.ts";
import { fillTemplate, type MessageFields } from "./message.ts";
import type { Prepared } from "./read-facts.ts";
import { type Segments, segmentsOf } from "./segments.ts";

/** A text ready to leave, with what is kept of it: a keyed hash of number and words, never the words. */
export type Composed = { body: string; bodyKey: string; segments: Segments; tokenHash: string | null };

/** Fills the touch's wording; names the placeholders that have no value. Makes the link's token, which is kept only as a hash. */
export async function compose(ctx: Context, prepared: Prepared): Promise<Composed | { missing: string[] }> {
  if (!prepared.templateBody || !prepared.to) return { missing: ["template"] };
  const { messages, theme, hosts } = ctx.tenant.settings;
  const fields: MessageFields = { sender: messages.senderName, phone_to_call: theme.phoneToCall };
  let tokenHash: string | null = null;
  if (prepared.touch.inviteId) {
    const minted = await mintLinkToken(ctx.env.LINK_KEYS, ctx.tenant.number);
    tokenHash = minted.hash;
    const origin = hosts[0] ? `https://${hosts[0]}` : ctx.env.PUBLIC_URL;
    fields.link = `${origin}/s/${minted.token}`;
  }
  const filled = fillTemplate(prepared.templateBody, fields);
  if ("missing" in filled) return filled;
  const bodyKey = await ctx.keys.blindIndex("body", `${prepared.to}\n${filled.text}`);
  return { body: filled.text, bodyKey, segments: segmentsOf(filled.text), tokenHash };
}
