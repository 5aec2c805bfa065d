import type { Context } from "../../context.ts";
import type { NudgeVerdict } from "../../engagement/explain-nudges.ts";
import { reasonWords } from "../reason-words.ts";
import { whenAt } from "../time.ts";
import type { Story } from "./read-story.ts";

type Props = { ctx: Context; story: Story; verdicts: NudgeVerdict[] };

/** What every nudge at work would do now about each visit ahead: those that never matched say why, too. */
export function NudgesCard({ ctx, story, verdicts }: Props) {
  if (verdicts.length === 0) return null;
  const at = (instant: number) => whenAt(instant, ctx.now(), ctx.tenant.settings.office.timeZone);
  return (
    <section class="card" aria-labelledby="if-now">
      <h2 id="if-now">If the nudges ran now</h2>
      {[...Map.groupBy(verdicts, ({ appointmentId }) => appointmentId)].map(([appointmentId, own]) => {
        const visit = story.visits.find(({ id }) => id === appointmentId);
        return (
          <>
            <h3>{visit ? `Visit ${at(visit.startsAt)}` : "About the person"}</h3>
            <ul class="gates">
              {own.map((verdict) => (
                <li class={SIGNS[verdict.outcome].tone}>
                  <span aria-hidden="true">{SIGNS[verdict.outcome].sign}</span>
                  <span>
                    {verdict.name}, step {verdict.seq}: {wordsOf(verdict, at)}
                    {verdict.reason ? <span class="sub">{reasonWords(verdict.reason).long}</span> : null}
                  </span>
                </li>
              ))}
            </ul>
          </>
        );
      })}
    </section>
  );
}

const SIGNS = {
  now: { sign: "✓", tone: "yes" },
  known: { sign: "✓", tone: "yes" },
  later: { sign: "…", tone: "hold" },
  no: { sign: "✕", tone: "no" },
} as const;

function wordsOf({ outcome, reason, dueAt }: NudgeVerdict, at: (instant: number) => string): string {
  if (outcome === "now") return `would be planned, to leave ${dueAt === null ? "at once" : at(dueAt)}`;
  if (outcome === "known") return "has its message already, told of with the visit";
  if (outcome === "later") return "fits; its time has not come yet";
  return `would not be written: ${reasonWords(reason).short}`;
}
