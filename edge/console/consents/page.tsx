import { Temporal } from "temporal-polyfill";
import * as z from "zod";
import { consents } from "../../../db/schema/nudges.ts";
import { endConsent, recordConsent } from "../../delivery/consent-book.ts";
import { HearbackError } from "../../errors.ts";
import { NOTHING_TYPED, type Typed, tryForm } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { Columns } from "../parts/columns.tsx";
import { Done } from "../parts/done.tsx";
import { PeopleLinks } from "../parts/people-links.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { displayPhone, readPhone } from "../phone.ts";
import { CONSENT_PURPOSES, CONSENT_SOURCES } from "../record-words.ts";
import { refuseMissing } from "../refuse-missing.ts";
import { AUDITORS, DESK } from "../roles.ts";
import type { StaffRequest } from "../staff.ts";
import { dayAt, whenAt } from "../time.ts";
import { ConsentForms } from "./forms.tsx";
import { addressOf, type Book, type Consent, readBook } from "./list-consents.ts";

const NEWEST = 50;
const SOURCES = ["form", "in_person", "by_phone", "in_writing"] as const;

const Recorded = z.object({
  address: z.string().min(3).max(200),
  purpose: z.enum(["care", "marketing"]),
  wording: z.string().min(3).max(500),
  source: z.enum(SOURCES),
  evidence: z.string().max(500).default(""),
  givenOn: z.iso.date(),
});

/** `GET /consents`: who said yes to what, newest first. */
export async function showConsents(request: StaffRequest): Promise<Response> {
  return newestPage(request, NOTHING_TYPED);
}

async function newestPage(request: StaffRequest, typed: Typed): Promise<Response> {
  return bookPage(request, await readBook(request.ctx, { limit: NEWEST }), "The newest", typed);
}

/** `POST /consents/find`: everything of one number or mail address, also what has ended. Posted, so that it stands in no log. */
export async function findConsents(request: StaffRequest): Promise<Response> {
  const find = async ({ address: sought }: { address: string }) => {
    const book = await readBook(request.ctx, { address: readAddress(sought).address, limit: 1_000 });
    return bookPage(request, book, "Of this number or address", { values: { sought }, problem: null });
  };
  return tryForm(request.c, Recorded.pick({ address: true }), find, ({ values, problem }) =>
    newestPage(request, { values: { sought: values.address ?? "" }, problem }),
  );
}

/** `POST /consents`: somebody said yes to staff. Throws CONFLICT where they have said no since. */
export async function addConsent(request: StaffRequest): Promise<Response> {
  return tryForm(
    request.c,
    Recorded,
    (form) => recordYes(request, form),
    (typed) => newestPage(request, typed),
  );
}

async function recordYes({ c, ctx, base }: StaffRequest, recorded: z.infer<typeof Recorded>): Promise<Response> {
  const { address, givenOn, ...form } = recorded;
  const { timeZone } = ctx.tenant.settings.office;
  const today = dayAt(ctx.now(), timeZone);
  if (givenOn > today) throw new HearbackError("BAD_REQUEST", "A yes cannot be given on a day to come.");
  // Of an earlier day its beginning counts: a no of that same day is taken as the later word.
  const at =
    givenOn === today ? ctx.now() : Temporal.PlainDate.from(givenOn).toZonedDateTime(timeZone).epochMilliseconds;
  const result = await recordConsent(ctx, { ...form, ...readAddress(address), at });
  if (result === "overtaken") {
    throw new HearbackError("CONFLICT", "They have said no since that day. Ask again, and record the new yes.");
  }
  return c.redirect(`${base}/consents?done=consent-${result}`, 303);
}

/** `POST /consents/:id/end`: a yes was taken back. Throws NOT_FOUND for an id that is none. */
export async function takeBackConsent({ c, ctx, base }: StaffRequest): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const isEnded = await endConsent(ctx, id);
  if (!isEnded) await refuseMissing(ctx, consents, id);
  return c.redirect(`${base}/consents?done=${isEnded ? "consent-ended" : "gone"}`, 303);
}

function readAddress(typed: string): { address: string; channel: "sms" | "mail" } {
  const mail = z.email().safeParse(typed.toLowerCase());
  if (mail.success) return { address: mail.data, channel: "mail" };
  const number = readPhone(typed);
  if (number) return { address: number, channel: "sms" };
  throw new HearbackError("BAD_REQUEST", "That is neither a phone number nor a mail address. Try 202-555-0101.");
}

function bookPage(request: StaffRequest, book: Book, title: string, typed: Typed): Response | Promise<Response> {
  const { base, role, ctx } = request;
  const mayWrite = DESK.includes(role);
  return staffPage(request, {
    title: "Consent book",
    lede: "Who said yes to which messages, in which words, and when. Offers need a yes; a STOP takes it back.",
    children: (
      <>
        <Done request={request} />
        <ProblemNote typed={typed} />
        <ConsentForms
          typed={typed}
          base={base}
          mayWrite={mayWrite}
          mayExport={AUDITORS.includes(role)}
          today={dayAt(ctx.now(), ctx.tenant.settings.office.timeZone)}
        />
        {book.rows.length === 0 ? (
          <p class="empty">
            No yes is in the book for this.{mayWrite ? " Write one down above as soon as somebody gives it." : ""}
          </p>
        ) : (
          <List request={request} book={book} title={title} mayWrite={mayWrite} />
        )}
      </>
    ),
  });
}

type ListProps = { request: StaffRequest; book: Book; title: string; mayWrite: boolean };

function List({ title, ...shared }: ListProps) {
  return (
    <table class="table stack">
      <caption>{title}</caption>
      <Columns names={["Number or address", "Who has it", "Yes to", "Given", shared.mayWrite ? "Change" : null]} />
      <tbody>
        {shared.book.rows.map((row) => (
          <Line row={row} {...shared} />
        ))}
      </tbody>
    </table>
  );
}

function Line({ row, request, book, mayWrite }: Omit<ListProps, "title"> & { row: Consent }) {
  const { ctx, base } = request;
  const { timeZone } = ctx.tenant.settings.office;
  const address = addressOf(book, row);
  const owners = book.owners.filter(({ addressKey }) => addressKey === row.addressKey);
  const proof = book.evidence.get(row.id);
  return (
    <tr>
      <td class="strong">{address ? displayPhone(address) : "One that no patient has"}</td>
      <td>
        <PeopleLinks patientIds={owners.map(({ patientId }) => patientId)} people={book.people} base={base} />
      </td>
      <td>
        {CONSENT_PURPOSES[row.purpose]}
        <span class="sub">“{row.wording}”</span>
      </td>
      <td>
        {whenAt(row.at, ctx.now(), timeZone)}
        <span class="sub">{CONSENT_SOURCES[row.source] ?? row.source}</span>
        {proof ? <span class="sub">Proof: {proof}</span> : null}
        {row.endedAt === null ? null : <span class="sub">ended {whenAt(row.endedAt, ctx.now(), timeZone)}</span>}
      </td>
      <td>
        {row.endedAt === null && mayWrite ? (
          <form method="post" action={`${base}/consents/${row.id}/end`}>
            <button type="submit" class="plain small">
              Took it back
            </button>
          </form>
        ) : null}
      </td>
    </tr>
  );
}
