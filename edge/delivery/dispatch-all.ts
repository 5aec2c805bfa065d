import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { endTouches } from "../engagement/end-touches.ts";
import { wake } from "../wake.ts";
import type { Medium } from "./channel.ts";
import { channelsFor } from "./channels.ts";
import { type DispatchCounts, dispatchDue, MOST_IN_ONE_RUN } from "./dispatch.ts";
import { gatherLetters } from "./letters/gather-letters.ts";

const MEDIA: Medium[] = ["sms", "mail", "print"];
/** However much is due of one medium, another waits no longer than this for its turn. */
const TURN_MS = 20_000;

/**
 * Hands over what is due, medium by medium in turns, until nothing is, `stopAt` (epoch ms) has come, or one invocation
 * has done its part. What the clinic has no way to send is ended with that reason instead of being looked at every minute.
 */
export async function dispatchAll(ctx: Context, stopAt: number): Promise<DispatchCounts> {
  const total: DispatchCounts = { claimed: 0, accepted: 0, refused: 0, unknown: 0, putOff: 0, ended: 0 };
  // Letters are handed to nobody here: they are gathered for a printer.
  const gathers = ctx.tenant.settings.print !== null;
  if (gathers) add(total, await gatherLetters(ctx, Math.min(stopAt, ctx.now() + TURN_MS)));
  const ways = MEDIA.filter((medium) => medium !== "print" || !gathers).map((medium) => ({
    medium,
    channels: channelsFor(ctx, medium),
  }));
  const mute = ways.filter(({ channels }) => channels.length === 0).map(({ medium }) => medium);
  total.ended += await endMute(ctx, mute);
  const able = ways.filter(({ channels }) => channels.length > 0);
  for (;;) {
    let claimed = 0;
    for (const { channels } of able) {
      const turnEnds = able.length === 1 ? stopAt : Math.min(stopAt, ctx.now() + TURN_MS);
      const counts = await dispatchDue(ctx, channels, turnEnds, MOST_IN_ONE_RUN - total.claimed);
      add(total, counts);
      claimed += counts.claimed;
    }
    if (total.claimed >= MOST_IN_ONE_RUN) {
      // The rest at once, by an invocation of its own.
      await wake(ctx);
      return total;
    }
    if (claimed === 0 || able.length <= 1 || ctx.now() >= stopAt) return total;
  }
}

function add(total: DispatchCounts, counts: DispatchCounts): void {
  for (const name of Object.keys(total) as (keyof DispatchCounts)[]) total[name] += counts[name];
}

async function endMute(ctx: Context, media: Medium[]): Promise<number> {
  let ended = 0;
  for (const medium of media) {
    const which = sql`status = 'planned' AND channel = ${medium} AND due_at <= ${ctx.now()}`;
    const [note, end] = endTouches(ctx, which, "skipped", "no_way_to_send").map((statement) => ctx.db.run(statement));
    if (note && end) ended += (await ctx.db.batch([note, end]))[1].rowsAffected;
  }
  return ended;
}
