import type { audit } from "../../../db/schema/operations.ts";
import { actionWords, actorWords } from "../record-words.ts";
import { dayAt, dayName } from "../time.ts";
import { reasonWords } from "../words.ts";

type Event = typeof audit.$inferSelect;

/** Who did what, newest first, as the append-only audit has it. */
export function AuditTrail({ events, timeZone }: { events: Event[]; timeZone: string }) {
  return (
    <section class="card" aria-labelledby="trail">
      <h2 id="trail">Audit trail</h2>
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
      {events.length === 0 ? <p class="soft">Nothing yet.</p> : null}
    </section>
  );
}

/** To the second: this is evidence. */
function exactly(at: number, timeZone: string): string {
  const clock = new Intl.DateTimeFormat("en-US", { timeZone, hour: "numeric", minute: "2-digit", second: "2-digit" });
  return `${dayName(dayAt(at, timeZone))}, ${clock.format(at)}`;
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
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          <th scope="col">About</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <tr>
            <td class="soft">
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
                event.entityId
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
