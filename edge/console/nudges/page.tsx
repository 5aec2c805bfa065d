import * as z from "zod";
import { CATEGORIES } from "../../../db/schema/nudges.ts";
import { readQuery } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { Chip } from "../parts/chip.tsx";
import { Columns } from "../parts/columns.tsx";
import { Done } from "../parts/done.tsx";
import type { StaffRequest } from "../staff.ts";
import { counted } from "../words.ts";
import { type ListedNudge, listNudges } from "./list-nudges.ts";
import { audienceWords, CATEGORY_WORDS, nudgeState, stepWords } from "./nudge-words.ts";

const SHOWS = { current: "Current", active: "At work", archived: "Archived", all: "All" } as const;
const SORTS = { name: "Name", sent: "Most sent" } as const;

/** The only ways in which the list is narrowed and ordered: anything else is refused. */
const Query = z.object({
  show: z.enum(["current", "active", "archived", "all"]).default("current"),
  sort: z.enum(["name", "sent"]).default("name"),
  category: z.union([z.literal(""), z.enum(CATEGORIES)]).default(""),
  /** Looked for as it stands, in names: no pattern, no query. */
  q: z.string().max(80).default(""),
  done: z.string().optional(),
});
type Query = z.infer<typeof Query>;

/** `GET /nudges`: who is written to and why, and what became of it in thirty days. */
export async function showNudges(request: StaffRequest): Promise<Response> {
  const { c, ctx, base } = request;
  const query = readQuery(c, Query);
  const all = await listNudges(ctx);
  const shown = sorted(
    all.filter((each) => isMeant(each, query)),
    query.sort,
  );
  return staffPage(request, {
    title: "Nudges",
    lede: "Who is written to, why and when. Each message is planned once, and checked again before it leaves.",
    actions: (
      <a class="button" href={`${base}/nudges/new`}>
        New nudge
      </a>
    ),
    children: (
      <>
        <Done request={request} />
        <Filters base={base} query={query} />
        {shown.length === 0 ? (
          <p class="empty">{all.length === 0 ? "No nudge yet." : "No nudge fits this filter."}</p>
        ) : (
          <List shown={shown} request={request} />
        )}
      </>
    ),
  });
}

function isMeant({ nudge }: ListedNudge, { show, category, q }: Query): boolean {
  if (show === "active" && nudge.status !== "active") return false;
  if (show !== "all" && (nudge.status === "archived") !== (show === "archived")) return false;
  if (category && nudge.category !== category) return false;
  const sought = q.trim().toLowerCase();
  return nudge.name.toLowerCase().includes(sought) || nudge.code.includes(sought);
}

function sorted(rows: ListedNudge[], sort: Query["sort"]): ListedNudge[] {
  return sort === "name" ? rows : rows.toSorted((one, other) => other.numbers.sent - one.numbers.sent);
}

function Filters({ base, query }: { base: string; query: Query }) {
  return (
    <form class="row filters" method="get" action={`${base}/nudges`}>
      <label class="grow">
        Name
        <input type="search" name="q" value={query.q} maxlength={80} data-search />
      </label>
      <label>
        Show
        <select name="show">
          {Object.entries(SHOWS).map(([value, words]) => (
            <option value={value} selected={value === query.show}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label>
        About
        <select name="category">
          <option value="">everything</option>
          {CATEGORIES.map((each) => (
            <option value={each} selected={each === query.category}>
              {CATEGORY_WORDS[each]}
            </option>
          ))}
        </select>
      </label>
      <label>
        By
        <select name="sort">
          {Object.entries(SORTS).map(([value, words]) => (
            <option value={value} selected={value === query.sort}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="plain">
        Show
      </button>
    </form>
  );
}

function List({ shown, request }: { shown: ListedNudge[]; request: StaffRequest }) {
  return (
    <table class="table stack">
      <caption class="vh">Nudges, with their numbers of the last 30 days</caption>
      <Columns
        names={[
          "Nudge",
          "For whom, what and when",
          { number: "Planned" },
          { number: "Sent" },
          { number: "Delivered" },
          { number: "Failed" },
          { number: "Not sent" },
        ]}
      />
      <tbody>
        {shown.map((each) => (
          <Line {...each} request={request} />
        ))}
      </tbody>
    </table>
  );
}

function Line({ nudge, steps, numbers, request }: ListedNudge & { request: StaffRequest }) {
  const { ctx, base } = request;
  const { title, details } = audienceWords(nudge);
  return (
    <tr>
      <td class="name">
        <a class="strong" href={`${base}/nudges/${nudge.code}`}>
          {nudge.name}
        </a>
        <span class="sub">{CATEGORY_WORDS[nudge.category]}</span>
        <Chip {...nudgeState(nudge, ctx.now(), ctx.tenant.settings.office.timeZone)} />
      </td>
      <td>
        {title}
        {details.length > 0 ? <span class="sub">{details.join(", ")}</span> : null}
        <ol class="steps">
          {steps.map((step) => (
            <li>{stepWords(step)}</li>
          ))}
        </ol>
      </td>
      {(["planned", "sent", "delivered", "failed", "skipped"] as const).map((fate) => (
        <td class="num" data-label={FATE_LABELS[fate]}>
          {counted(numbers[fate])}
        </td>
      ))}
    </tr>
  );
}

export const FATE_LABELS = {
  planned: "Planned",
  sent: "Sent",
  delivered: "Delivered",
  failed: "Failed",
  skipped: "Not sent",
} as const;
