import type { audit } from "../../../db/schema/operations.ts";
import { dayAt, dayName } from "../time.ts";
import { actionWords, actorWords, reasonWords } from "../words.ts";

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
