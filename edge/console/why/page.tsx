import type { Context } from "../../context.ts";
import { compose } from "../../delivery/compose.ts";
import { judge, type Verdict } from "../../delivery/gate.ts";
import { isNameable } from "../../delivery/message-facts.ts";
import { readFacts } from "../../delivery/read-facts.ts";
import { explainNudges } from "../../engagement/explain-nudges.ts";
import { HearbackError } from "../../errors.ts";
import { readPostal } from "../../postal-facts.ts";
import { staffPage } from "../layout/page.tsx";
import { AuditTrail } from "../parts/audit-trail.tsx";
import { Done } from "../parts/done.tsx";
import { displayBirthDate, displayName, openPeople } from "../people.ts";
import { DESK } from "../roles.ts";
import type { StaffRequest } from "../staff.ts";
import { LettersCard } from "./letters-card.tsx";
import { NudgesCard } from "./nudges-card.tsx";
import { NumbersCard } from "./numbers-card.tsx";
import { readStory, type Story } from "./read-story.ts";
import { RightsCard } from "./rights-card.tsx";
import { TouchStory } from "./touch-story.tsx";
import { VisitCard } from "./visit-card.tsx";

/** States in which the gate may still be asked about a message. */
const OPEN = ["planned", "claimed", "unknown", "parked"];

/** `GET /why/:patient`: every visit and every message, sent or not, with each check's verdict in plain words. */
export async function showWhy(request: StaffRequest): Promise<Response> {
  const { c, ctx, base, role } = request;
  const patientId = c.req.param("patient") ?? "";
  const story = await readStory(ctx, patientId);
  const { people, numbers } = await openPeople(
    ctx,
    { action: "patient.read", entityId: patientId },
    { patients: [story.patient], numbers: story.numbers },
  );
  const person = people.get(patientId);
  if (!person) throw new HearbackError("NOT_FOUND", "There is no such patient here.");
  const [verdicts, nudges, postal] = await Promise.all([
    openVerdicts(ctx, story),
    explainNudges(ctx, patientId),
    readPostal(ctx, [patientId]),
  ]);
  const shared = { ctx, story, verdicts };
  return staffPage(request, {
    title: displayName(person),
    lede: (
      <>
        Born {displayBirthDate(person)}
        {person.nickname ? ` · called ${person.nickname}` : null}
      </>
    ),
    actions: (
      <a class="button plain" href={`${base}/why`}>
        Somebody else
      </a>
    ),
    children: (
      <div class="why">
        <div>
          <Done request={request} />
          {isNameable(person) ? null : (
            <p class="note warn">
              This name is not said in messages, because it does not look like one. Where a text has no other word for
              it, the text is not sent. Correct it where it comes from.
            </p>
          )}
          <NudgesCard ctx={ctx} story={story} verdicts={nudges} />
          {story.visits.map((visit) => (
            <VisitCard {...shared} visit={visit} />
          ))}
          <AboutNoVisit {...shared} />
          {story.visits.length === 0 ? <p class="empty">No visit is known for this person.</p> : null}
        </div>
        <aside>
          <NumbersCard ctx={ctx} story={story} numbers={numbers} base={base} />
          {request.role === "admin" ? <RightsCard ctx={ctx} patientId={patientId} /> : null}
          <LettersCard
            ctx={ctx}
            patientId={patientId}
            postal={postal.get(patientId)}
            base={base}
            mayStop={DESK.includes(role)}
          />
          <AuditTrail events={story.events} timeZone={ctx.tenant.settings.office.timeZone} />
        </aside>
      </div>
    ),
  });
}

/** Messages about a purchase or the person: no visit's card shows them. */
function AboutNoVisit({ verdicts, ...shared }: { ctx: Context; story: Story; verdicts: Map<string, Verdict[]> }) {
  const own = shared.story.touches.filter(({ appointmentId }) => appointmentId === null);
  if (own.length === 0) return null;
  return (
    <article class="card">
      <h2>Not about a visit</h2>
      {own.map((touch) => (
        <TouchStory {...shared} touch={touch} verdicts={verdicts.get(touch.id)} showsState />
      ))}
    </article>
  );
}

/** The gates' verdicts at this moment for messages that are not decided, from the dispatcher's own reading and rule. */
async function openVerdicts(ctx: Context, story: Story): Promise<Map<string, Verdict[]>> {
  const open = story.touches.filter(({ status }) => OPEN.includes(status)).map(({ id }) => id);
  const verdicts = new Map<string, Verdict[]>();
  for (const prepared of open.length > 0 ? await readFacts(ctx, open) : []) {
    const composed = await compose(ctx, prepared);
    const missingFields = "missing" in composed && prepared.to ? composed.missing : [];
    verdicts.set(prepared.touch.id, judge({ ...prepared.facts, missingFields }, ctx.now()));
  }
  return verdicts;
}
