import { sql } from "drizzle-orm";
import * as z from "zod";
import { audit } from "../../../db/schema/operations.ts";
import { readQuery } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { AuditTable } from "../parts/audit-trail.tsx";
import { FilterTabs } from "../parts/filter-tabs.tsx";
import type { StaffRequest } from "../staff.ts";

const PAGE = 100;
/** A filter looks at this many events at a time, so that a rare one costs no more than a common one. */
const WINDOW = 5_000;

const FILTERS = { all: "Everything", staff: "By staff", reads: "Names opened" } as const;
type Filter = keyof typeof FILTERS;

const Query = z.object({
  show: z.enum(Object.keys(FILTERS) as [Filter, ...Filter[]]).default("all"),
  before: z.coerce.number().int().positive().optional(),
});

/** `GET /audit`: who did what, newest first. Holds ids and codes, never a name of a patient. */
export async function showAudit(request: StaffRequest): Promise<Response> {
  const { c, ctx, base } = request;
  const { show, before = Number.MAX_SAFE_INTEGER } = readQuery(c, Query);
  const which = { all: sql`1`, staff: sql`actor LIKE 'staff:%'`, reads: sql`action LIKE '%.read'` }[show];
  const [newest] = await ctx.db.all<{ seq: number | null }>(
    sql`SELECT max(seq) AS seq FROM ${audit} WHERE seq < ${before}`,
  );
  const top = newest?.seq ?? 0;
  const events = await ctx.db
    .select()
    .from(audit)
    .where(sql`seq <= ${top} AND seq > ${top - WINDOW} AND ${which}`)
    .orderBy(sql`seq DESC`)
    .limit(PAGE);
  const last = events.length === PAGE ? (events.at(-1)?.seq ?? 0) : top - WINDOW + 1;
  return staffPage(request, {
    title: "Audit",
    lede: "Every change and every name that staff opened, in order. Nothing in it can be changed or removed.",
    children: (
      <>
        <FilterTabs
          tabs={Object.entries(FILTERS) as [Filter, string][]}
          shown={show}
          to={(each) => `${base}/audit?show=${each}`}
        />
        {events.length === 0 ? (
          <p class="empty">Nothing of this kind happened in these events. Older ones may have some.</p>
        ) : (
          <AuditTable events={events} timeZone={ctx.tenant.settings.office.timeZone} base={base} />
        )}
        {last > 1 ? (
          <p>
            <a class="button plain" href={`${base}/audit?show=${show}&before=${last}`}>
              Older ones
            </a>
          </p>
        ) : null}
      </>
    ),
  });
}
