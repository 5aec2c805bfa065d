import type { Nudge } from "../../engagement/read-nudges.ts";
import { Columns } from "../parts/columns.tsx";
import { type Effect, SMALLEST_GROUP } from "./read-effect.ts";

const WORDS = {
  visits: {
    told: "Told of their visit",
    good: "kept",
    caption: "Visits kept, of those told of and of those left out, in the last 90 days",
    about: "Visits of the last 90 days, each once.",
  },
  people: {
    told: "Written to",
    good: "made a visit",
    caption: "People who made a visit since, of those written to and of those left out, in the last 90 days",
    about: "People of the last 90 days, each once, with a visit that was made since.",
  },
};

/** Whether it helps: those written to and those held out, by what became of them, as bars beside their numbers. */
export function EffectCard({ effect, nudge }: { effect: Effect; nudge: Nudge }) {
  if (nudge.holdoutPercent === 0) return null;
  const words = WORDS[effect.about];
  return (
    <section class="card" aria-labelledby="effect">
      <h2 id="effect">Does it help?</h2>
      <table class="bars">
        <caption class="vh">{words.caption}</caption>
        <Columns isSilent names={["Group", `Share ${words.good}`, "Numbers"]} />
        <tbody>
          <Line words={words.told} good={words.good} group={effect.told} />
          <Line words="Left out by lot" good={words.good} group={effect.heldOut} />
        </tbody>
      </table>
      <p class="fine">{words.about} A group of fewer than five is not shown.</p>
    </section>
  );
}

function Line({ words, good, group }: { words: string; good: string; group: Effect["told"] }) {
  const total = group.others.reduce((sum, { count }) => sum + count, group.good);
  const isSmall = total < SMALLEST_GROUP;
  const parts = [{ words: good, count: group.good }, ...group.others];
  return (
    <tr>
      <th scope="row">
        {words}
        <span class="sub">
          {isSmall ? "too few to show" : parts.map((part) => `${part.count} ${part.words}`).join(", ")}
        </span>
      </th>
      <td>
        {isSmall ? null : (
          <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="asked" width="100" height="10" rx="1.5" />
            <rect class="answered" width={(group.good / total) * 100} height="10" rx="1.5" />
          </svg>
        )}
      </td>
      <td class="num">{isSmall ? "–" : `${Math.round((group.good / total) * 100)}% ${good}`}</td>
    </tr>
  );
}
