import type { Context } from "../../context.ts";
import { isImported } from "../../tenant-settings.ts";
import { AskedCount } from "../calls/page.tsx";
import { ago } from "../time.ts";
import { pauseReasonWords, pauseWords } from "../words.ts";
import type { Day } from "./read-day.ts";

type Props = {
  ctx: Context;
  day: Day;
  /** How many wait for a call about another time. */
  asked: number;
  base: string;
};

/** How old the data is, what stands in the way of sending, and who waits for a call. */
export function Standing({ ctx, day, asked, base }: Props) {
  const now = ctx.now();
  const { silentAfterHours } = ctx.tenant.settings.schedule;
  const readAt = day.lastReadAt;
  const isStale = readAt === null || now - readAt > silentAfterHours * 3_600_000;
  // An import brings all days at once.
  const ownReadAt = day.dayReading?.finishedAt ?? (isImported(ctx.tenant.settings) ? readAt : null);
  return (
    <>
      {day.pauses.length > 0 ? (
        <p class="note warn">
          Paused: {day.pauses.map(({ kind, reason }) => `${pauseWords(kind)} (${pauseReasonWords(reason)})`).join("; ")}
          . <a href={`${base}/pause`}>See what waits</a>
        </p>
      ) : null}
      {isStale ? (
        <p class="note bad">
          {readAt === null ? "The schedule has never been read" : `The schedule was last read ${ago(readAt, now)}`}.
          Texts wait until it is read again.
        </p>
      ) : null}
      {day.dayReading?.status === "held" ? (
        <p class="note warn">
          The last reading of this day showed far fewer visits than usual, so nothing was removed.
        </p>
      ) : null}
      <p class="soft">
        {ownReadAt === null
          ? "This day has not been read from the schedule yet."
          : `Schedule read ${ago(ownReadAt, now)}.`}
      </p>
      {asked > 0 ? (
        <p>
          <AskedCount count={asked} /> <a href={`${base}/calls`}>See the call list</a>
        </p>
      ) : null}
    </>
  );
}
