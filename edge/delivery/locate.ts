import { and, desc, eq, sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { attempts } from "../../db/schema/engagement.ts";
import { contactPoints } from "../../db/schema/people.ts";
import type { Context } from "../context.ts";
import type { Channel } from "./channel.ts";
import type { Doubtful } from "./reconcile.ts";

/** Clock differences between us and the provider. */
const LIST_FROM_BEFORE_MS = 5 * 60_000;

type Sighting = { providerId: string | null; isUnclear: boolean };

/** The provider's id for a hand-over in doubt, where it shows one: by our message id, else by its list. */
export async function locate(ctx: Context, channel: Channel, doubtful: Doubtful): Promise<Sighting> {
  if (channel.settles === "list") return findInList(ctx, channel, doubtful);
  const found = channel.settles === "repeat" ? await channel.find(doubtful.messageId) : null;
  return { providerId: found?.providerId ?? null, isUnclear: false };
}

/**
 * The id of the provider's message that is this attempt, by the keyed hash of number and words, and no other attempt's.
 * Unclear when the list shows a message that is none of ours by id or by words: where the provider redacts them, it may
 * be this one.
 */
async function findInList(
  ctx: Context,
  channel: Extract<Channel, { settles: "list" }>,
  { touch, attempt }: Doubtful,
): Promise<Sighting> {
  const [contact] = await ctx.db
    .select()
    .from(contactPoints)
    .where(and(eq(contactPoints.patientId, touch.patientId), eq(contactPoints.addressKey, touch.addressKey ?? "")))
    .orderBy(desc(contactPoints.updatedAt))
    .limit(1);
  // A number that is not known any more cannot be looked for.
  if (!contact) return { providerId: null, isUnclear: true };
  const to = await ctx.keys.open({ table: "contact_points", row: contact.id }, contact.sealed);
  const list = await channel.list(to, attempt.startedAt - LIST_FROM_BEFORE_MS);
  const listed = await Promise.all(
    list.map(async ({ providerId, body }) => ({
      providerId,
      key: await ctx.keys.blindIndex("body", `${to}\n${body}`),
    })),
  );
  const ours = await ctx.db
    .select({ id: attempts.id, providerId: attempts.providerId, key: attempts.bodyKey })
    .from(attempts)
    .where(
      sql`provider_id ${inList(listed.map(({ providerId }) => providerId))}
        OR touch_id IN (SELECT id FROM touches WHERE address_key = ${touch.addressKey})`,
    );
  // Of two texts with the same words, say to a family, the other's message is not this one.
  const others = new Set(ours.flatMap(({ id, providerId }) => (id === attempt.id ? [] : (providerId ?? []))));
  const found = listed.find(({ providerId, key }) => key === attempt.bodyKey && !others.has(providerId));
  if (found) return { providerId: found.providerId, isUnclear: false };
  const known = new Set(ours.flatMap(({ providerId, key }) => [providerId, key]));
  return {
    providerId: null,
    isUnclear: listed.some(({ providerId, key }) => !known.has(providerId) && !known.has(key)),
  };
}
