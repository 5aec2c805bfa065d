import type { Context } from "../../context.ts";
import type { Verdict } from "../../delivery/gate.ts";
import { Checks } from "../parts/checks.tsx";
import { Chip } from "../parts/chip.tsx";
import { reasonWords } from "../reason-words.ts";
import { carrierWords, OUTCOME_WORDS } from "../record-words.ts";
import { whenAt } from "../time.ts";
import { touchState } from "../touch-state.ts";
import { errorWords, kindWords, microsWords } from "../words.ts";
import { gateChecks, recordedChecks } from "./explain.ts";
import type { Story } from "./read-story.ts";

type Touch = Story["touches"][number];
type Props = { ctx: Context; story: Story; touch: Touch; verdicts: Verdict[] | undefined; showsState: boolean };

/** One message: what became of it, step by step, and every check with its verdict. */
export function TouchStory({ ctx, story, touch, verdicts, showsState }: Props) {
  const state = touchState(ctx, touch, story.holds, ctx.now());
  const recorded = recordedChecks(touch);
  const { long } = reasonWords(touch.reason);
  const step = story.stepNames.find(({ stepId }) => stepId === touch.stepId);
  return (
    <section class="touch">
      <div class="row between">
        <h3>{step ? `${step.nudge}, step ${step.seq}` : kindWords(touch.kind).name}</h3>
        {showsState ? <Chip {...state} /> : null}
      </div>
      {long ? <p>{long}</p> : null}
      <StandIn story={story} touch={touch} />
      <Steps ctx={ctx} story={story} touch={touch} />
      {verdicts ? (
        <details class="more" open={touch.status === "planned"}>
          <summary>The checks, if it were handed over now</summary>
          <Checks checks={gateChecks(verdicts)} />
        </details>
      ) : null}
      {!verdicts && recorded.length > 0 ? (
        <details class="more">
          <summary>The checks, as they came out</summary>
          <Checks checks={recorded} />
        </details>
      ) : null}
      {touch.attemptCount > 0 ? <p class="fine">Every check had passed when it was handed over.</p> : null}
    </section>
  );
}

/** Said in place of another message, or another in place of this one. */
function StandIn({ story, touch }: Pick<Props, "story" | "touch">) {
  const first = story.touches.find(({ id }) => id === touch.standsInFor);
  const second = story.touches.find(({ standsInFor }) => standsInFor === touch.id);
  if (!first && !second) return null;
  return (
    <p class="soft">
      {first
        ? `By ${BY_WORDS[touch.channel]}, because ${UNREACHED_WORDS[first.channel]}: ${reasonWords(first.reason).short}.`
        : `A ${BY_WORDS[second?.channel ?? touch.channel]} was planned in its place.`}
    </p>
  );
}

const BY_WORDS = { sms: "text", mail: "mail", print: "letter" } as const;
const UNREACHED_WORDS = {
  sms: "the text could not reach them",
  mail: "the mail could not reach them",
  print: "no letter reached them",
} as const;

/** Planned, handed over, reported: in the order in which it happened. */
function Steps({ ctx, story, touch }: Pick<Props, "ctx" | "story" | "touch">) {
  const steps = [
    { at: touch.createdAt, words: `planned for ${at(ctx, touch.dueAt)}` },
    ...story.attempts
      .filter(({ touchId }) => touchId === touch.id)
      .map((attempt) => ({
        at: attempt.startedAt,
        words: [
          `${OUTCOME_WORDS[attempt.outcome]}${attempt.number > 1 ? ` (hand-over ${attempt.number})` : ""}`,
          attempt.segments === 0 ? "" : `${attempt.segments} segment${attempt.segments === 1 ? "" : "s"}`,
          attempt.priceMicros === null ? "" : microsWords(attempt.priceMicros, attempt.priceCurrency ?? "USD"),
          // What a taken one came to later is the carrier's own line.
          attempt.outcome === "accepted" ? "" : errorWords(attempt.errorCode),
        ]
          .filter(Boolean)
          .join(", "),
      })),
    ...story.reports
      .filter(({ touchId }) => touchId === touch.id)
      .map((report) => ({
        at: report.receivedAt,
        words: `carrier: ${[carrierWords(report.provider, report.status), errorWords(report.errorCode)].filter(Boolean).join(", ")}`,
      })),
  ].sort((one, other) => one.at - other.at);
  return (
    <ol class="story">
      {steps.map((step) => (
        <li>
          <time datetime={new Date(step.at).toISOString()}>{at(ctx, step.at)}</time> {step.words}
        </li>
      ))}
    </ol>
  );
}

function at(ctx: Context, instant: number): string {
  return whenAt(instant, ctx.now(), ctx.tenant.settings.office.timeZone);
}
