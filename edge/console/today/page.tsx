import * as z from "zod";
import type { Context } from "../../context.ts";
import { asksAnybody } from "../../engagement/decide-ask.ts";
import { countAsked } from "../calls/list-calls.ts";
import { readQuery } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { Chip } from "../parts/chip.tsx";
import { Columns } from "../parts/columns.tsx";
import { PatientWord } from "../parts/patient-word.tsx";
import { displayBirthDate, displayName, type Named, openPeople } from "../people.ts";
import type { StaffRequest } from "../staff.ts";
import { clockOf, dayAt, dayFrom, dayName, whenAt } from "../time.ts";
import { DayPicker } from "./day-picker.tsx";
import { type DayVisit, dayVersion, readDay } from "./read-day.ts";
import { Standing } from "./standing.tsx";
import { GROUPS, type Group, type VisitState, visitState } from "./visit-state.ts";

const Query = z.object({
  on: z.iso.date().optional(),
  show: z.enum(["all", ...GROUPS]).default("all"),
});

type GroupWords = Partial<Record<Group, string>>;
const ASKING: GroupWords = {
  to_ask: "To ask",
  asked: "Asked",
  answered: "Answered",
  not_asked: "Not asked",
  attention: "Needs a look",
};
/** Of a clinic that asks nobody how it was, and only reminds. */
const REMINDING: GroupWords = {
  to_ask: "To write to",
  asked: "Written to",
  not_asked: "No message",
  attention: "Needs a look",
};

type Row = DayVisit & { state: VisitState; person: Named | undefined };

/** `GET /today`: one day's schedule, and for each visit whether its patient was asked and has answered. */
export async function showToday(request: StaffRequest): Promise<Response> {
  const { c, ctx, base } = request;
  const now = ctx.now();
  const { timeZone } = ctx.tenant.settings.office;
  const today = dayAt(now, timeZone);
  const { on = today, show } = readQuery(c, Query);
  const [day, version, asked] = await Promise.all([readDay(ctx, on), dayVersion(ctx, on), countAsked(ctx)]);
  const read = { action: "schedule.read", entityId: on } as const;
  const { people } = await openPeople(ctx, read, { patients: day.visits.map(({ patient }) => patient) });
  const rows = day.visits.map(
    (each): Row => ({
      ...each,
      state: visitState(ctx, each, day.pauses, now),
      person: people.get(each.patient.id),
    }),
  );
  const asks = asksAnybody(ctx.tenant.settings);
  const shown = rows.filter(({ state }) => show === "all" || state.group === show);
  return staffPage(request, {
    title: on === today ? "Today" : dayFrom(now, on, timeZone),
    lede: dayName(on, true),
    actions: <DayPicker base={base} on={on} today={today} show={show} />,
    children: (
      <div data-live={`${base}/today/version?on=${on}`} data-version={version}>
        <div data-part="standing">
          <Standing ctx={ctx} day={day} asked={asked} base={base} />
          <Tabs rows={rows} words={asks ? ASKING : REMINDING} show={show} base={base} on={on} />
        </div>
        {rows.length > 0 ? <Filter /> : null}
        <div data-part="visits">
          {shown.length > 0 ? (
            <Visits rows={shown} base={base} ctx={ctx} about={asks ? "Survey" : "Message"} />
          ) : (
            <Nothing hasRows={rows.length > 0} />
          )}
        </div>
      </div>
    ),
  });
}

/** `GET /today/version`: whether the open page is still true. Says nothing about anybody. */
export async function showTodayVersion({ c, ctx }: StaffRequest): Promise<Response> {
  const { on } = readQuery(c, z.object({ on: z.iso.date() }));
  return c.text(await dayVersion(ctx, on));
}

type TabProps = { rows: Row[]; words: GroupWords; show: string; base: string; on: string };

function Tabs({ rows, words, show, base, on }: TabProps) {
  const count = (group: Group) => rows.filter(({ state }) => state.group === group).length;
  const tabs = [
    { key: "all", label: "All", count: rows.length },
    ...GROUPS.flatMap((group) => (words[group] ? [{ key: group, label: words[group], count: count(group) }] : [])),
  ];
  return (
    <nav aria-label="Filter">
      <ul class="tabs">
        {tabs.map((tab) => (
          <li>
            <a
              id={`tab-${tab.key}`}
              href={`${base}/today?on=${on}&show=${tab.key}`}
              aria-current={tab.key === show ? "true" : undefined}
            >
              {tab.label} <b>{tab.count}</b>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Filter() {
  return (
    <p>
      <label class="vh" for="filter">
        Find on this page
      </label>
      <input
        id="filter"
        type="search"
        data-search
        data-filter
        placeholder="Find on this page: name or provider ( / )"
        autocomplete="off"
      />
    </p>
  );
}

function Visits({ rows, base, ctx, about }: { rows: Row[]; base: string; ctx: Context; about: string }) {
  const at = (instant: number) => whenAt(instant, ctx.now(), ctx.tenant.settings.office.timeZone);
  return (
    <table class="table stack day">
      <caption class="vh">Visits of the day, by time</caption>
      <Columns names={["Time", "Patient", "Visit", about]} />
      <tbody>
        {rows.map(({ visit, person, state, askedAt }) => (
          <tr data-find={`${person ? displayName(person) : ""} ${visit.provider}`.toLowerCase()}>
            <td class="soft">{clockOf(visit.localStartsAt)}</td>
            <td>
              <a class="strong" id={visit.id} href={`${base}/why/${visit.patientId}#visit-${visit.id}`}>
                {person ? displayName(person) : "Unknown"}
              </a>
              <span class="sub">{person ? `born ${displayBirthDate(person)}` : null}</span>
            </td>
            <td>
              {visit.removedAt === null ? visit.sourceStatus : "No longer on the schedule"}
              <span class="sub">
                {visit.provider} · {visit.serviceType}
              </span>
              <PatientWord word={{ ...visit, askedAt }} at={at} />
            </td>
            <td>
              <Chip {...state} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Nothing({ hasRows }: { hasRows: boolean }) {
  return (
    <div class="empty">
      <p>
        {hasRows
          ? "No visit of this day is in this list."
          : "No visits are known for this day. They show here once the schedule has been read."}
      </p>
    </div>
  );
}
