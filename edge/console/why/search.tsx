import * as z from "zod";
import { HearbackError } from "../../errors.ts";
import { NOTHING_TYPED, type Typed, tryForm } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { displayBirthDate, displayName, type Named, openPeople } from "../people.ts";
import { readPhone } from "../phone.ts";
import type { StaffRequest } from "../staff.ts";
import { findPatients, type Sought } from "./find-patients.ts";

const Form = z.object({
  name: z.string().max(200).default(""),
  birthDate: z.union([z.literal(""), z.iso.date()]).default(""),
  phone: z.string().max(40).default(""),
});
type Form = z.infer<typeof Form>;

const TITLE = "Why?";
const LEDE = "Every message a patient got or did not get, and the reason for each.";

/** `GET /why`: whom do you want to know about. Posted, so that no name ever stands in an address or a log. */
export async function showSearch(request: StaffRequest): Promise<Response> {
  return staffPage(request, {
    title: TITLE,
    lede: LEDE,
    children: <SearchForm base={request.base} typed={NOTHING_TYPED} />,
  });
}

/** `POST /why`: one hit opens at once; several are listed, because families share phones. */
export async function searchPatients(request: StaffRequest): Promise<Response> {
  const find = (form: Form) => showFound(request, form);
  return tryForm(request.c, Form, find, (typed) =>
    staffPage(request, { title: TITLE, lede: LEDE, children: <SearchForm base={request.base} typed={typed} /> }),
  );
}

async function showFound(request: StaffRequest, form: Form): Promise<Response> {
  const { c, ctx, base } = request;
  const found = await findPatients(ctx, readSought(form));
  const [only, ...others] = found;
  if (only && others.length === 0) return c.redirect(`${base}/why/${only.id}`, 303);
  const { people } = await openPeople(ctx, { action: "search.read", entityId: "patients" }, { patients: found });
  return staffPage(request, {
    title: TITLE,
    lede: LEDE,
    children: (
      <>
        <SearchForm base={base} typed={{ values: form, problem: null }} />
        {found.length === 0 ? <NobodyFound /> : <Several base={base} people={[...people.values()]} />}
      </>
    ),
  });
}

function readSought({ name, birthDate, phone }: Form): Sought {
  if (phone) {
    const number = readPhone(phone);
    if (!number) throw new HearbackError("BAD_REQUEST", "That is not a phone number. Try 202-555-0101.");
    return { phone: number };
  }
  if (!name || !birthDate) {
    throw new HearbackError("BAD_REQUEST", "Give a full name and a birth date together, or a phone number.");
  }
  return { name, birthDate };
}

function SearchForm({ base, typed }: { base: string; typed: Typed }) {
  const { name, birthDate, phone } = typed.values;
  return (
    <>
      <ProblemNote typed={typed} />
      <div class="cols">
        <form class="card form" method="post" action={`${base}/why`} autocomplete="off">
          <h2>By name and birth date</h2>
          <label>
            Full name
            <span class="hint">As the schedule has it, such as River Testerly</span>
            <input name="name" required maxlength={200} value={name} data-search />
          </label>
          <label>
            Birth date
            <input name="birthDate" type="date" required value={birthDate} />
          </label>
          <div>
            <button type="submit">Find</button>
          </div>
        </form>
        <form class="card form" method="post" action={`${base}/why`} autocomplete="off">
          <h2>By phone</h2>
          <label>
            Phone number
            <span class="hint">Finds everyone who has, or once had, this number</span>
            <input name="phone" type="tel" required maxlength={40} value={phone} />
          </label>
          <div>
            <button type="submit">Find</button>
          </div>
        </form>
      </div>
    </>
  );
}

function NobodyFound() {
  return (
    <p class="note warn" role="status">
      Nobody was found. Names are kept sealed, so the whole name has to be as the schedule writes it. Try the phone
      number, or find the visit under Today.
    </p>
  );
}

function Several({ base, people }: { base: string; people: Named[] }) {
  return (
    <section class="card" aria-labelledby="several">
      <h2 id="several">{people.length} people have had this number</h2>
      <ul>
        {people.map((person) => (
          <li>
            <a href={`${base}/why/${person.patientId}`}>{displayName(person)}</a>{" "}
            <span class="soft">born {displayBirthDate(person)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
