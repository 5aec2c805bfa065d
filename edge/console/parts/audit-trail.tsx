import type { audit } from "../../../db/schema/operations.ts";
import { actionWords } from "../action-words.ts";
import { reasonWords } from "../reason-words.ts";
import { actorWords } from "../record-words.ts";
import { dateName, dayAt } from "../time.ts";
import { Columns } from "./columns.tsx";

type Event = typeof audit.$inferSelect;

const FIRST = 8;

/** Who did what, newest first, as the append-only audit has it; the newest few at once. */
export function AuditTrail({ events, timeZone }: { events: Event[]; timeZone: string }) {
  const older = events.slice(FIRST);
  return (
    <section class="card" aria-labelledby="trail">
      <h2 id="trail">Audit trail</h2>
      <Events events={events.slice(0, FIRST)} timeZone={timeZone} />
      {older.length > 0 ? (
        <details class="more">
          <summary>{older.length} earlier</summary>
          <Events events={older} timeZone={timeZone} />
        </details>
      ) : null}
      {events.length === 0 ? <p class="soft">Nothing yet.</p> : null}
    </section>
  );
}

function Events({ events, timeZone }: { events: Event[]; timeZone: string }) {
  return (
    <ol class="story">
      {events.map((event) => (
        <li>
          {actionWords(event.action)}
          <span class="sub">
            <time datetime={new Date(event.at).toISOString()}>{exactly(event.at, timeZone)}</time> ·{" "}
            {actorWords(event.actor)}
            {detailsWords(event.details)}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** To the second: this is evidence. */
function exactly(at: number, timeZone: string): string {
  const clock = new Intl.DateTimeFormat("en-US", { timeZone, hour: "numeric", minute: "2-digit", second: "2-digit" });
  return `${dateName(dayAt(at, timeZone))}, ${clock.format(at)}`;
}

function detailsWords(details: string): string {
  const { reason } = JSON.parse(details) as { reason?: unknown };
  return typeof reason === "string" ? ` · ${reasonWords(reason).short}` : "";
}

/** The same as a table with what it was about, for whoever reads the whole trail. */
export function AuditTable({ events, timeZone, base }: { events: Event[]; timeZone: string; base: string }) {
  return (
    <table class="table stack">
      <caption class="vh">Events, newest first</caption>
      <Columns names={["When", "Who", "What", "About"]} />
      <tbody>
        {events.map((event) => (
          <tr>
            <td class="soft when">
              <time datetime={new Date(event.at).toISOString()}>{exactly(event.at, timeZone)}</time>
            </td>
            <td>{actorWords(event.actor)}</td>
            <td>
              {actionWords(event.action)}
              {detailsWords(event.details)}
            </td>
            <td class="fine id">
              {event.entityId.startsWith("pat_") ? (
                <a href={`${base}/why/${event.entityId}`}>{event.entityId}</a>
              ) : (
                subjectWords(event.entityId)
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What an event was about; a whole list is named by what was done with it already. */
function subjectWords(id: string): string {
  if (DAY.test(id)) return dateName(id);
  return /[_@\d]/.test(id) ? id : "";
}
