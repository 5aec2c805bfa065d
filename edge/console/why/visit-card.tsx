import type { Context } from "../../context.ts";
import type { Verdict } from "../../delivery/gate.ts";
import { asksAnybody } from "../../engagement/decide-ask.ts";
import { Checks } from "../parts/checks.tsx";
import { Chip } from "../parts/chip.tsx";
import { PatientWord } from "../parts/patient-word.tsx";
import { reasonWords } from "../reason-words.ts";
import { clockOf, dayFrom, whenAt } from "../time.ts";
import { visitState } from "../today/visit-state.ts";
import { gateChecks, ruleChecks } from "./explain.ts";
import { ifAskedNow } from "./if-asked-now.ts";
import type { Story } from "./read-story.ts";
import { TouchStory } from "./touch-story.tsx";

type Visit = Story["visits"][number];
type Props = { ctx: Context; story: Story; visit: Visit; verdicts: Map<string, Verdict[]> };

/** One visit: where it stands, every message about it, and for one without a message the rule that says why. */
export function VisitCard({ ctx, story, visit, verdicts }: Props) {
  const said = story.touches.filter(({ appointmentId }) => appointmentId === visit.id);
  const answered = story.invites.some(({ appointmentId, answered: mark }) => appointmentId === visit.id && mark === 1);
  const state = visitState(ctx, { visit, patient: story.patient, touches: said, answered }, story.holds, ctx.now());
  const wish = story.wishes.find(
    ({ appointmentId, startsAt }) => appointmentId === visit.id && startsAt === visit.startsAt,
  );
  const at = (instant: number) => whenAt(instant, ctx.now(), ctx.tenant.settings.office.timeZone);
  return (
    <article class="card" id={`visit-${visit.id}`}>
      <div class="row between">
        <div>
          <h2>
            {dayFrom(ctx.now(), visit.localOn, ctx.tenant.settings.office.timeZone)} · {clockOf(visit.localStartsAt)}
          </h2>
          <p class="soft">
            {visit.provider} · {visit.serviceType} · the schedule says “{visit.sourceStatus}”
            <PatientWord word={{ ...visit, askedAt: wish?.at ?? null }} at={at} />
          </p>
        </div>
        <div>
          <Chip {...state} />
        </div>
      </div>
      {said.map((touch) => (
        <TouchStory
          ctx={ctx}
          story={story}
          touch={touch}
          verdicts={verdicts.get(touch.id)}
          showsState={said.length > 1 || answered}
        />
      ))}
      {said.length === 0 && asksAnybody(ctx.tenant.settings) ? (
        <Untouched ctx={ctx} story={story} visit={visit} />
      ) : null}
    </article>
  );
}

/** Why no message exists: the planner's own rule, and what else would stand in the way. */
function Untouched({ ctx, story, visit }: Omit<Props, "verdicts">) {
  const rule = ruleChecks(visit, story.patient, ctx.tenant.settings, ctx.now());
  const first = rule.find(({ outcome }) => outcome === "no");
  const isOver = first !== undefined && !["pending", "booked", "arrived"].includes(visit.status);
  return (
    <>
      <p>
        <strong>{first ? "No message was made." : "A message is about to be made."}</strong> {first?.detail}
      </p>
      <Checks checks={rule} />
      {isOver ? null : (
        <details class="more">
          <summary>What would happen if it were asked about now</summary>
          <Checks checks={gateChecks(ifAskedNow(ctx, story, visit))} />
        </details>
      )}
      {visit.removedAt === null ? null : <p class="fine">{reasonWords("removed").long}</p>}
    </>
  );
}
