import type { visitRequests, Wish } from "../../../db/schema/visits.ts";
import type { Context } from "../../context.ts";

type StoredWish = typeof visitRequests.$inferSelect;
/** A wish for another time as staff read it. */
export type OpenWish = Pick<StoredWish, "id" | "appointmentId" | "startsAt" | "wish" | "at"> & { words: string | null };

export const WISH_WORDS: Record<Wish, string> = {
  soon: "as soon as possible",
  morning: "a morning",
  afternoon: "an afternoon",
  any: "would rather talk it over",
};

/** Opens what patients wrote besides. The read must be in the audit already (`openPeople`). */
export function openWishes(ctx: Context, wishes: StoredWish[]): Promise<OpenWish[]> {
  return Promise.all(
    wishes.map(async ({ sealed, ...wish }) => {
      const words = sealed && (await ctx.keys.open({ table: "visit_requests", row: wish.id }, sealed));
      return { ...wish, words };
    }),
  );
}

/** What one person asked for, newest first. */
export function Wishes({ wishes, at }: { wishes: OpenWish[]; at: (instant: number) => string }) {
  return (
    <>
      {wishes.map(({ wish, words, at: askedAt }) => (
        <>
          Another time: {WISH_WORDS[wish]}
          {words ? <blockquote class="said">{words}</blockquote> : null}
          <span class="sub">asked {at(askedAt)}</span>
        </>
      ))}
    </>
  );
}
