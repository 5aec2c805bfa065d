import * as z from "zod";
import type { Context } from "../../context.ts";
import { LIFT_REASONS, liftOptOut, stopNumber } from "../../delivery/staff-opt-out.ts";
import { HearbackError } from "../../errors.ts";
import { NOTHING_TYPED, readForm, readQuery, type Typed, tryForm } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { Columns } from "../parts/columns.tsx";
import { Done } from "../parts/done.tsx";
import { FilterTabs } from "../parts/filter-tabs.tsx";
import { PeopleLinks } from "../parts/people-links.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { type Named, openPeople } from "../people.ts";
import { displayPhone, readPhone } from "../phone.ts";
import { OPT_OUT_PURPOSES, OPT_OUT_SOURCES } from "../record-words.ts";
import { LEADS } from "../roles.ts";
import type { StaffRequest } from "../staff.ts";
import { whenAt } from "../time.ts";
import { AddForm, LiftForm } from "./forms.tsx";
import { listOptOuts, type OptOut, type Owner } from "./list-opt-outs.ts";

const Query = z.object({
  show: z.enum(["live", "ended"]).default("live"),
  before: z.string().max(60).optional(),
  done: z.string().optional(),
});

const TABS = [
  ["live", "In force"],
  ["ended", "Ended"],
] as const;

const NewOptOut = z.object({ phone: z.string().max(40), purpose: z.enum(["all", "marketing"]).default("all") });

/** `GET /opt-outs`: the numbers that must not be written to, and how each came to be one. */
export async function showOptOuts(request: StaffRequest): Promise<Response> {
  return listPage(request, NOTHING_TYPED);
}

async function listPage(request: StaffRequest, typed: Typed): Promise<Response> {
  const { c, ctx, base, role } = request;
  const { show, before } = readQuery(c, Query);
  const { rows, owners, next } = await listOptOuts(ctx, { ended: show === "ended", before });
  const { people, numbers } = await openPeople(
    ctx,
    { action: "opt_outs.read", entityId: "opt-outs" },
    {
      patients: owners.map(({ patientId: id, sealed }) => ({ id, sealed })),
      numbers: owners.flatMap(({ number }) => number ?? []),
    },
  );
  const shared = { ctx, base, owners, people, numbers, mayLift: LEADS.includes(role) };
  return staffPage(request, {
    title: "Opt-outs",
    lede: "Numbers and mail addresses that asked not to be written to. An opt-out holds for everyone who has them.",
    children: (
      <>
        <Done request={request} />
        <ProblemNote typed={typed} />
        <AddForm base={base} typed={typed} />
        <FilterTabs tabs={TABS} shown={show} to={(each) => `${base}/opt-outs?show=${each}`} />
        {rows.length === 0 ? (
          <p class="empty">
            {show === "live"
              ? "Nobody has opted out. Whoever texts STOP shows here by themselves; who says so to you is entered above."
              : "No opt-out has ended."}
          </p>
        ) : (
          <List rows={rows} {...shared} />
        )}
        {next ? (
          <p>
            <a class="button plain" href={`${base}/opt-outs?show=${show}&before=${next}`}>
              Older ones
            </a>
          </p>
        ) : null}
      </>
    ),
  });
}

/** `POST /opt-outs`: a patient told staff to stop. */
export async function addOptOut(request: StaffRequest): Promise<Response> {
  const { c, ctx, base } = request;
  const add = async ({ phone, purpose }: z.infer<typeof NewOptOut>) => {
    const number = readPhone(phone);
    if (!number) throw new HearbackError("BAD_REQUEST", "That is not a phone number. Try 202-555-0101.");
    await stopNumber(ctx, number, purpose);
    return c.redirect(`${base}/opt-outs?done=opt-out-added`, 303);
  };
  return tryForm(c, NewOptOut, add, (typed) => listPage(request, typed));
}

/** `POST /opt-outs/:id/lift`: somebody wants texts again; the reason goes into the audit. */
export async function endOptOut({ c, ctx, base }: StaffRequest): Promise<Response> {
  const { reason } = await readForm(c, z.object({ reason: z.enum(LIFT_REASONS) }));
  const isLifted = await liftOptOut(ctx, c.req.param("id") ?? "", reason);
  return c.redirect(`${base}/opt-outs?done=${isLifted ? "opt-out-lifted" : "gone"}`, 303);
}

type ListProps = {
  ctx: Context;
  base: string;
  rows: OptOut[];
  owners: Owner[];
  people: Map<string, Named>;
  numbers: Map<string, string>;
  mayLift: boolean;
};

function List({ rows, ...shared }: ListProps) {
  return (
    <table class="table stack">
      <caption class="vh">Opt-outs, newest first</caption>
      <Columns names={["Number or address", "Who has it", "Since", shared.mayLift ? "Change" : null]} />
      <tbody>
        {rows.map((row) => (
          <Line row={row} {...shared} />
        ))}
      </tbody>
    </table>
  );
}

function Line({ row, ctx, base, owners, people, numbers, mayLift }: Omit<ListProps, "rows"> & { row: OptOut }) {
  const own = owners.filter(({ addressKey }) => addressKey === row.addressKey);
  const number = own.map(({ number }) => number && numbers.get(number.id)).find(Boolean);
  const { timeZone } = ctx.tenant.settings.office;
  return (
    <tr>
      <td class="strong">{number ? displayPhone(number) : NOBODYS[row.channel]}</td>
      <td>
        <PeopleLinks patientIds={own.map(({ patientId }) => patientId)} people={people} base={base} />
      </td>
      <td>
        {whenAt(row.at, ctx.now(), timeZone)}
        <span class="sub">{OPT_OUT_SOURCES[row.source] ?? row.source}</span>
        {row.purpose === "all" ? null : <span class="sub">{OPT_OUT_PURPOSES[row.purpose] ?? row.purpose} only</span>}
        {row.evidence !== null && mayLift ? (
          <span class="sub">
            <a href={`${base}/opt-outs/${row.id}`}>What they wrote</a>
          </span>
        ) : null}
        {row.endedAt === null ? null : <span class="sub">ended {whenAt(row.endedAt, ctx.now(), timeZone)}</span>}
      </td>
      <td>{row.endedAt === null && mayLift ? <LiftForm base={base} row={row} /> : null}</td>
    </tr>
  );
}

/** What stands for a number that cannot be shown. */
const NOBODYS: Record<OptOut["channel"], string> = {
  sms: "A number no patient has",
  mail: "An address no patient has",
  print: "Letters",
};
