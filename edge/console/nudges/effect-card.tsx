import type { Nudge } from "../../engagement/read-nudges.ts";
import { Columns } from "../parts/columns.tsx";
import { type Effect, type Fates, SMALLEST_GROUP } from "./read-effect.ts";

const GROUPS = [
  ["told", "Told of their visit"],
  ["heldOut", "Left out by lot"],
] as const;

/** Whether it helps: visits kept, missed and cancelled, told of and held out, as bars beside their numbers. */
export function EffectCard({ effect, nudge }: { effect: Effect; nudge: Nudge }) {
  if (nudge.holdoutPercent === 0) return null;
  return (
    <section class="card" aria-labelledby="effect">
      <h2 id="effect">Does it help?</h2>
      <table class="bars">
        <caption class="vh">Visits kept, of those told of and of those left out, in the last 90 days</caption>
        <Columns isSilent names={["Group", "Share kept", "Numbers"]} />
        <tbody>
          {GROUPS.map(([group, words]) => (
            <Line words={words} fates={effect[group]} />
          ))}
        </tbody>
      </table>
      <p class="fine">Visits of the last 90 days, each once. A group of fewer than five is not shown.</p>
    </section>
  );
}

function Line({ words, fates: { kept, missed, cancelled } }: { words: string; fates: Fates }) {
  const total = kept + missed + cancelled;
  const isSmall = total < SMALLEST_GROUP;
  return (
    <tr>
      <th scope="row">
        {words}
        <span class="sub">
          {isSmall ? "too few to show" : `${kept} kept, ${missed} missed, ${cancelled} cancelled`}
        </span>
      </th>
      <td>
        {isSmall ? null : (
          <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="asked" width="100" height="10" rx="1.5" />
            <rect class="answered" width={(kept / total) * 100} height="10" rx="1.5" />
          </svg>
        )}
      </td>
      <td class="num">{isSmall ? "–" : `${Math.round((kept / total) * 100)}% kept`}</td>
    </tr>
  );
}
