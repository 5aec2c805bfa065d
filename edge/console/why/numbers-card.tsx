import type { Context } from "../../context.ts";
import { Chip } from "../parts/chip.tsx";
import { displayPhone } from "../phone.ts";
import { reasonWords } from "../reason-words.ts";
import { OPT_OUT_PURPOSES, OPT_OUT_SOURCES } from "../record-words.ts";
import { whenAt } from "../time.ts";
import type { Story } from "./read-story.ts";

type Props = { ctx: Context; story: Story; numbers: Map<string, string>; base: string };

/** Where this person can be reached, and whether that is allowed. */
export function NumbersCard({ ctx, story, numbers, base }: Props) {
  const { timeZone } = ctx.tenant.settings.office;
  return (
    <section class="card" aria-labelledby="numbers">
      <h2 id="numbers">Phone and mail</h2>
      {story.numbers.length === 0 ? <p class="soft">No number is known.</p> : null}
      {story.numbers.map((number) => {
        const stop = story.stops.find(
          ({ addressKey, endedAt }) => addressKey === number.addressKey && endedAt === null,
        );
        return (
          <p>
            <strong>{displayPhone(numbers.get(number.id) ?? "")}</strong>
            {number.isCurrent === 1 ? null : <span class="sub">an earlier number, no longer used</span>}
            {number.state === "ok" ? null : (
              <Chip tone="bad" label={reasonWords(stateReason(number.system, number.state)).short} />
            )}
            {stop ? (
              <Chip
                tone="bad"
                label={stop.purpose === "all" ? "opted out" : `no ${OPT_OUT_PURPOSES[stop.purpose] ?? stop.purpose}`}
                detail={`${whenAt(stop.at, ctx.now(), timeZone)}, ${OPT_OUT_SOURCES[stop.source] ?? stop.source}`}
              />
            ) : null}
          </p>
        );
      })}
      {story.stops.some(({ endedAt }) => endedAt === null) ? <a href={`${base}/opt-outs`}>To the opt-outs</a> : null}
    </section>
  );
}

function stateReason(system: string, state: "landline" | "unreachable" | "invalid") {
  if (state !== "invalid") return state;
  return system === "mail" ? "invalid_address" : "invalid_phone";
}
