import type { alarms, snapshots } from "../../../db/schema/operations.ts";
import { ALARM_WORDS } from "../../../templates/alarms.ts";
import type { AlarmCode } from "../../alarms.ts";
import { sourceName } from "../record-words.ts";
import type { StaffRequest } from "../staff.ts";
import { dayFrom, whenAt } from "../time.ts";
import { countWords } from "./run-words.ts";

/** Where on the desk an alarm's trouble is looked at or settled, where there is such a page. */
const PLACES: Partial<Record<AlarmCode, { path: string; label: string }>> = {
  import_held: { path: "/imports", label: "Open imports" },
  touch_parked: { path: "/parked", label: "Open what is to decide" },
  patient_wrote: { path: "/texts", label: "Open texts" },
  sender_stopped: { path: "/pause", label: "Open the pause" },
  message_filtered: { path: "/nudges", label: "Open nudges" },
  audience_too_large: { path: "/nudges", label: "Open nudges" },
  budget_nearly_used: { path: "/nudges", label: "Open nudges" },
  budget_used_up: { path: "/nudges", label: "Open nudges" },
  mailing_waits: { path: "/media-buys", label: "Open media buys" },
  file_not_delivered: { path: "/media-buys", label: "Open media buys" },
  file_in_doubt: { path: "/media-buys", label: "Open media buys" },
};

type Alarm = typeof alarms.$inferSelect;
type Snapshot = typeof snapshots.$inferSelect;

/** Open alarms, each with what it means and what to do. */
export function Alarms({ request, alarms: open }: { request: StaffRequest; alarms: Alarm[] }) {
  const { ctx, base } = request;
  const { timeZone } = ctx.tenant.settings.office;
  return open.map((alarm) => {
    const words = ALARM_WORDS[alarm.code as AlarmCode];
    const place = PLACES[alarm.code as AlarmCode];
    const details = countWords(alarm.detail);
    return (
      <article class="card held">
        <h2>{words.says}</h2>
        <p>{words.todo}</p>
        <p class="fine">
          Since {whenAt(alarm.raisedAt, ctx.now(), timeZone)}
          {alarm.seenCount > 1 ? `, ${alarm.seenCount} times` : ""}: {sourceName(alarm.subject)}
          {details ? ` · ${details}` : ""}
        </p>
        <form class="row" method="post" action={`${base}/runs/alarms/${alarm.id}`}>
          {place ? (
            <a class="button small" href={base + place.path}>
              {place.label}
            </a>
          ) : null}
          <button type="submit" class="plain small">
            I take care of it
          </button>
        </form>
      </article>
    );
  });
}

/** Readings that showed far fewer visits than usual. */
export function Held({ request, held }: { request: StaffRequest; held: Snapshot[] }) {
  const { ctx, base } = request;
  const { timeZone } = ctx.tenant.settings.office;
  return held.map((snapshot) => {
    const { usual } = JSON.parse(snapshot.counts) as { usual?: number };
    return (
      <article class="card held">
        <h2>
          {dayFrom(ctx.now(), snapshot.onDay, timeZone)}:{" "}
          {snapshot.rowCount === 1 ? "1 visit" : `${snapshot.rowCount} visits`}, usually {usual ?? "more"}
        </h2>
        <p>
          Read {whenAt(snapshot.finishedAt ?? snapshot.startedAt, ctx.now(), timeZone)}. Visits that this reading did
          not show are still on the desk. Compare the day with the EHR.
        </p>
        <form class="row" method="post" action={`${base}/runs/held/${snapshot.id}`}>
          <button type="submit" class="danger small" name="decision" value="release">
            It is right: remove the others
          </button>
          <button type="submit" class="plain small" name="decision" value="drop">
            It is wrong: keep them
          </button>
        </form>
      </article>
    );
  });
}
