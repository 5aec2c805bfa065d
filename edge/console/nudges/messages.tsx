import * as z from "zod";
import { findNudge } from "../../engagement/change-nudge.ts";
import { readQuery } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { Chip } from "../parts/chip.tsx";
import { Columns } from "../parts/columns.tsx";
import { FilterTabs } from "../parts/filter-tabs.tsx";
import { PeopleLinks } from "../parts/people-links.tsx";
import { type Named, openPeople } from "../people.ts";
import type { StaffRequest } from "../staff.ts";
import { whenAt } from "../time.ts";
import { touchState } from "../touch-state.ts";
import { listMessages, MESSAGE_FATES, type MessageFate } from "./list-messages.ts";
import { CHANNEL_WORDS } from "./nudge-words.ts";

const Query = z.object({
  show: z.enum(MESSAGE_FATES).default("all"),
  before: z.string().max(60).optional(),
  /** However much is asked for, a page has its limit. */
  limit: z.coerce.number().min(1).default(50),
});

const FATE_WORDS: Record<MessageFate, string> = {
  all: "All",
  planned: "Planned",
  sent: "Sent",
  failed: "Failed",
  skipped: "Not sent",
};

/** `GET /nudges/:code/messages`: whom it wrote to, or not, and why; newest first, a page at a time. */
export async function showMessages(request: StaffRequest): Promise<Response> {
  const { c, ctx, base } = request;
  const { show, before, limit } = readQuery(c, Query);
  const nudge = await findNudge(ctx, c.req.param("code") ?? "");
  const page = await listMessages(ctx, nudge.id, { fate: show, before, limit: Math.floor(limit) });
  const { people } = await openPeople(ctx, { action: "nudge.read", entityId: nudge.id }, { patients: page.patients });
  const own = `${base}/nudges/${nudge.code}`;
  const link = (query: Record<string, string>) => `${own}/messages?${new URLSearchParams(query)}`;
  return staffPage(request, {
    title: `Messages: ${nudge.name}`,
    lede: show === "all" ? "Newest first." : "Newest first, of the last 90 days.",
    actions: (
      <a class="button plain" href={own}>
        Back to the nudge
      </a>
    ),
    children: (
      <>
        <FilterTabs
          tabs={MESSAGE_FATES.map((fate) => [fate, FATE_WORDS[fate]] as const)}
          shown={show}
          to={(fate) => link({ show: fate })}
        />
        {page.rows.length === 0 ? (
          <p class="empty">No message is in this list.</p>
        ) : (
          <List request={request} page={page} people={people} />
        )}
        {page.next ? (
          <p>
            <a class="button plain" href={link({ show, before: page.next, limit: String(page.rows.length) })}>
              Older ones
            </a>
          </p>
        ) : null}
      </>
    ),
  });
}

type ListProps = {
  request: StaffRequest;
  page: Awaited<ReturnType<typeof listMessages>>;
  people: Map<string, Named>;
};

function List({ request: { ctx, base }, page, people }: ListProps) {
  const at = (instant: number) => whenAt(instant, ctx.now(), ctx.tenant.settings.office.timeZone);
  return (
    <table class="table stack">
      <caption class="vh">Messages of this nudge, newest first</caption>
      <Columns names={["Person", "How", "What became of it", "Planned", "Meant for"]} />
      <tbody>
        {page.rows.map((touch) => (
          <tr>
            <td class="strong">
              <PeopleLinks patientIds={[touch.patientId]} people={people} base={base} />
            </td>
            <td data-label="How">{CHANNEL_WORDS[touch.channel]}</td>
            <td>
              <Chip {...touchState(ctx, touch, page.holds, ctx.now())} />
            </td>
            <td data-label="Planned">{at(touch.createdAt)}</td>
            <td data-label="Meant for">{at(touch.dueAt)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
