import * as z from "zod";
import { CALL_OUTCOMES, type CallOutcome } from "../../../db/schema/nudges.ts";
import { readForm, readQuery } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { Columns } from "../parts/columns.tsx";
import { Done } from "../parts/done.tsx";
import { FilterTabs } from "../parts/filter-tabs.tsx";
import { PeopleLinks } from "../parts/people-links.tsx";
import { type Named, openPeople } from "../people.ts";
import { displayPhone } from "../phone.ts";
import { reasonWords } from "../reason-words.ts";
import { actorWords } from "../record-words.ts";
import type { StaffRequest } from "../staff.ts";
import { whenAt } from "../time.ts";
import { CALL_SHOWS, type CallShow, countAsked, listCalls, type ToCall } from "./list-calls.ts";
import { recordCall } from "./record-call.ts";
import { type OpenWish, openWishes, Wishes } from "./wishes.tsx";

const Query = z.object({
  show: z.enum(CALL_SHOWS).default("open"),
  after: z.string().max(60).optional(),
  /** However much is asked for, a page has its limit. */
  limit: z.coerce.number().min(1).default(50),
  done: z.string().optional(),
});

const SHOW_WORDS: Record<CallShow, string> = { open: "To call", later: "Call again later", done: "Done" };

const OUTCOME_WORDS: Record<CallOutcome, string> = {
  reached: "Reached",
  left_message: "Left a message",
  no_answer: "No answer",
  wrong_number: "Wrong number",
};

/** `GET /calls`: who asked for another time and whom no text can tell of their visit, for the desk to call. */
export async function showCalls(request: StaffRequest): Promise<Response> {
  const { c, ctx, base } = request;
  const { show, after, limit } = readQuery(c, Query);
  const [page, count] = await Promise.all([listCalls(ctx, { show, after, limit: Math.floor(limit) }), countAsked(ctx)]);
  const opened = await openPeople(ctx, { action: "calls.read", entityId: "calls" }, page);
  const wishes = await openWishes(ctx, page.wishes);
  return staffPage(request, {
    title: "Call list",
    lede: "People who asked for another time, or whom no message could tell of their visit; soonest visit first.",
    children: (
      <>
        <Done request={request} />
        <FilterTabs
          tabs={CALL_SHOWS.map((each) => [each, SHOW_WORDS[each]] as const)}
          shown={show}
          to={(each) => `${base}/calls?show=${each}`}
        />
        {count > 0 ? (
          <p class="soft">
            <AskedCount count={count} />
          </p>
        ) : null}
        {page.rows.length === 0 ? (
          <p class="empty">{show === "open" ? "Nobody is to be called now." : "Nobody is in this list."}</p>
        ) : (
          <List request={request} page={page} {...opened} wishes={wishes} show={show} />
        )}
        {page.next ? (
          <p>
            <a
              class="button plain"
              href={`${base}/calls?${new URLSearchParams({ show, after: page.next, limit: String(page.rows.length) })}`}
            >
              Later visits
            </a>
          </p>
        ) : null}
        <p class="fine">
          Somebody who opted out asked not to be texted; a call about their own visit is still allowed. Whoever must not
          be contacted at all is not in this list. A wrong number has to be corrected where the schedule is kept. Who
          asked for another time leaves the list when the visit is moved or cancelled there, or when you note the call.
        </p>
      </>
    ),
  });
}

/** `POST /calls/:appointment`: what came of a call. */
export async function noteCall({ c, ctx, base }: StaffRequest): Promise<Response> {
  const form = z.object({ outcome: z.enum(CALL_OUTCOMES), last: z.string().max(60).default("") });
  const { outcome, last } = await readForm(c, form);
  const appointmentId = c.req.param("appointment") ?? "";
  const isNoted = await recordCall(ctx, { appointmentId, outcome, lastCall: last });
  return c.redirect(`${base}/calls?done=${isNoted ? "call-recorded" : "gone"}`, 303);
}

/** `2 people asked for another time.` */
export function AskedCount({ count }: { count: number }) {
  return (
    <>
      <strong>{count === 1 ? "1 person" : `${count} people`}</strong> asked for another time and{" "}
      {count === 1 ? "waits" : "wait"} for a call.
    </>
  );
}

type ListProps = {
  request: StaffRequest;
  page: Awaited<ReturnType<typeof listCalls>>;
  people: Map<string, Named>;
  numbers: Map<string, string>;
  wishes: OpenWish[];
  show: CallShow;
};

function List({ request, page, people, numbers, wishes, show }: ListProps) {
  return (
    <table class="table stack">
      <caption class="vh">People to call, soonest visit first</caption>
      <Columns names={["Visit", "Person", "Why", show === "done" ? "Call" : "What came of the call?"]} />
      <tbody>
        {page.rows.map((row) => {
          const own = page.numbers.filter(({ patientId }) => patientId === row.patientId);
          const phones = [...new Set(own.flatMap(({ id }) => numbers.get(id) ?? []))];
          const wished = wishes.filter(
            ({ appointmentId, startsAt }) => appointmentId === row.id && startsAt === row.startsAt,
          );
          return <Line request={request} row={row} people={people} phones={phones} wishes={wished} show={show} />;
        })}
      </tbody>
    </table>
  );
}

type LineProps = Pick<ListProps, "request" | "people" | "wishes" | "show"> & { row: ToCall; phones: string[] };

function Line({ request: { ctx, base }, row, people, phones, wishes, show }: LineProps) {
  const at = (instant: number) => whenAt(instant, ctx.now(), ctx.tenant.settings.office.timeZone);
  return (
    <tr>
      <td class="when strong">
        {at(row.startsAt)}
        <span class="sub">{row.provider}</span>
      </td>
      <td>
        <PeopleLinks patientIds={[row.patientId]} people={people} base={base} />
        {phones.map((phone) => (
          <span class="sub">
            {phone.startsWith("+") ? <a href={`tel:${phone}`}>{displayPhone(phone)}</a> : `on file: ${phone}`}
          </span>
        ))}
        {phones.length === 0 ? <span class="sub">no number is known</span> : null}
      </td>
      <td>
        <Wishes wishes={wishes} at={at} />
        {row.confirmedAt === null ? null : (
          <span class="sub">but confirmed the visit since, {at(row.confirmedAt)}</span>
        )}
        {row.reason === null ? null : reasonWords(row.reason).short}
        {row.nudge === null ? null : <span class="sub">{row.nudge}</span>}
      </td>
      <td>
        {row.outcome && row.calledAt !== null && row.calledBy ? (
          <span class="sub">
            {OUTCOME_WORDS[row.outcome]}, {at(row.calledAt)}, {actorWords(row.calledBy)}
            {row.againAt === null ? "" : `; again after ${at(row.againAt)}`}
          </span>
        ) : null}
        {show === "done" ? null : <Outcomes base={base} row={row} />}
      </td>
    </tr>
  );
}

function Outcomes({ base, row }: { base: string; row: ToCall }) {
  return (
    <form class="outcomes" method="post" action={`${base}/calls/${row.id}`}>
      <input type="hidden" name="last" value={row.callId ?? ""} />
      {CALL_OUTCOMES.map((outcome) => (
        <button type="submit" class="plain small" name="outcome" value={outcome}>
          {OUTCOME_WORDS[outcome]}
        </button>
      ))}
    </form>
  );
}
