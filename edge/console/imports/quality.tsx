import { PeopleLinks } from "../parts/people-links.tsx";
import type { Named } from "../people.ts";
import type { StaffRequest } from "../staff.ts";
import { clockOf, dayFrom, whenAt } from "../time.ts";
import { offsetWords } from "./import-words.ts";
import type { ImportsStanding } from "./read-imports.ts";

type Props = { request: StaffRequest; standing: ImportsStanding; people: Map<string, Named> };

/** What was taken but may not be what the source meant, or cannot be used: each with what to do about it. */
export function Quality({ request, standing, people }: Props) {
  const { odd, bad, clocks } = standing;
  if (odd.length + bad.length + clocks.length === 0) return <p class="empty">Nothing in the data looks odd.</p>;
  return (
    <div class="cols">
      {clocks.length > 0 ? <Clocks clocks={clocks} /> : null}
      <OddTimes request={request} odd={odd.filter(({ timeFlag }) => timeFlag !== "ok")} />
      <UnknownStatuses odd={odd.filter(({ status }) => status === "unknown")} />
      {bad.length > 0 ? <BadNumbers request={request} bad={bad} people={people} /> : null}
    </div>
  );
}

function Clocks({ clocks }: { clocks: ImportsStanding["clocks"] }) {
  return (
    <section class="card">
      <h3>The source's clock differs from the office's zone</h3>
      <p class="fine">Times are read by the zone. Correct the offset at the source, or the zone in the settings.</p>
      <ul>
        {clocks.map(({ name, timeZone, said, today, later }) => (
          <li>
            {name}: the source says {offsetWords(said)} all year; {timeZone} is {offsetWords(today)} today
            {later === today ? "" : ` and ${offsetWords(later)} in half a year`}.
          </li>
        ))}
      </ul>
    </section>
  );
}

function OddTimes({ request, odd }: { request: StaffRequest; odd: ImportsStanding["odd"] }) {
  if (odd.length === 0) return null;
  const now = request.ctx.now();
  return (
    <section class="card">
      <h3>Visits at a time that the clock change makes unclear</h3>
      <p class="fine">Ask the office which time is meant, and correct it at the source.</p>
      <ul>
        {odd.map((visit) => (
          <li>
            <a href={`${request.base}/why/${visit.patientId}`}>
              {dayFrom(now, visit.localStartsAt.slice(0, 10), visit.timeZone)}, {clockOf(visit.localStartsAt)}
            </a>
            , {visit.office}:{" "}
            {visit.timeFlag === "gap"
              ? `there is no such time; taken as ${whenAt(visit.startsAt, now, visit.timeZone)}`
              : "this time comes twice; taken as the first"}
          </li>
        ))}
      </ul>
    </section>
  );
}

function UnknownStatuses({ odd }: { odd: ImportsStanding["odd"] }) {
  if (odd.length === 0) return null;
  const counts = new Map<string, number>();
  for (const { word } of odd) counts.set(word, (counts.get(word) ?? 0) + 1);
  return (
    <section class="card">
      <h3>Statuses that the settings do not know</h3>
      <p class="fine">Nobody is written to for such a visit. Add the word to the clinic's settings.</p>
      <ul>
        {[...counts].map(([word, count]) => (
          <li>
            “{word}”: {count === 1 ? "1 visit to come" : `${count} visits to come`}
          </li>
        ))}
      </ul>
    </section>
  );
}

const SYSTEMS = { sms: "mobile number", phone: "home number", mail: "e-mail address" } as const;
const STATES = { ok: "", invalid: "cannot be one", landline: "is a landline", unreachable: "is not in use" } as const;

function BadNumbers({
  request,
  bad,
  people,
}: {
  request: StaffRequest;
  bad: ImportsStanding["bad"];
  people: Map<string, Named>;
}) {
  return (
    <section class="card">
      <h3>Numbers and addresses that cannot be used</h3>
      <p class="fine">The latest first. Ask for a new one, and correct it at the source.</p>
      <ul>
        {bad.map(({ patientId, system, state }) => (
          <li>
            <PeopleLinks patientIds={[patientId]} people={people} base={request.base} />: the {SYSTEMS[system]}{" "}
            {STATES[state]}
          </li>
        ))}
      </ul>
    </section>
  );
}
