import { load } from "cheerio";
import { sql } from "drizzle-orm";
import { type Clinic, type Desk, eventually, type TenantChanges } from "../harness.ts";
import { post } from "../responses/survey-desk.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";

/** One invented patient for each thing that can become of a visit; the family name says which. Keyed by what follows. */
const DAY = {
  delivered: { patientName: "DELIA DELIVERED" },
  answered: { patientName: "ANNA ANSWERED" },
  family: { patientName: "FINN DELIVERED", birthDate: "2012-05-04" },
  noPhone: { patientName: "NORA NOPHONE", phone: null, phoneProblem: "none" },
  landline: { patientName: "LANA LANDLINE" },
  unreachable: { patientName: "UMA UNREACHABLE" },
  otherType: { patientName: "OTTO OTHERTYPE", type: "NURSE" },
  otherProvider: { patientName: "PAUL PROVIDER", provider: "DR ELSEWHERE" },
  booked: { patientName: "BEA BOOKED", status: "Confirmed" },
  bookedNoPhone: { patientName: "BO BOOKEDTOO", status: "Confirmed", phone: null, phoneProblem: "none" },
  cancelled: { patientName: "CARA CANCELLED", status: "Cancelled" },
  noShow: { patientName: "NED NOSHOW", status: "No show" },
} as const;
export type DayClinic = Clinic & { phoneOf(who: keyof typeof DAY): string };

let areas = 210;

/** A clinic whose day is over: everybody of `DAY` was there or not, texts went out and came to their ends. */
export async function clinicDay(desk: Desk, changes: TenantChanges = {}): Promise<DayClinic> {
  const clinic = await desk.addTenant({ ...changes, settings: { office: openAllDay, ...changes.settings } });
  areas += 1;
  const area = areas;
  const names = Object.keys(DAY) as (keyof typeof DAY)[];
  const phoneOf = (who: keyof typeof DAY) =>
    `+1${area}55501${String(names.indexOf(who === "family" ? "delivered" : who)).padStart(2, "0")}`;
  desk.twilio.script(phoneOf("landline"), "landline");
  desk.twilio.script(phoneOf("unreachable"), "unknown-handset");
  await clinic.push(
    todayIn(),
    names.map((who) => seenVisit({ phone: phoneOf(who), ...DAY[who] })),
  );
  await desk.edge.cron();
  await eventually(async () => {
    const open = sql`SELECT 1 FROM touches WHERE status NOT IN ('delivered', 'undelivered', 'failed', 'skipped')
      UNION ALL SELECT 1 FROM appointments WHERE needs_planning = 1`;
    const [ended] = await clinic.db.all<{ touches: number }>(sql`SELECT count(*) AS touches FROM touches`);
    return ended?.touches === 6 && (await clinic.db.all(open)).length === 0;
  }, 30_000);
  const link = /http\S+/.exec(desk.twilio.messages(phoneOf("answered"))[0]?.body ?? "")?.[0] ?? "";
  await post(link, { SatisfactionWithService: "Neutral" });
  return { ...clinic, phoneOf };
}

/** The body rows of a page's tables, each as its cells' texts; what is hidden from the eye included. */
export function rowsOf(html: string): string[][] {
  const $ = load(spaced(html));
  return $("tbody tr")
    .toArray()
    .map((row) =>
      $(row)
        .find("td")
        .toArray()
        .map((cell) => words($(cell).text())),
    );
}

/** The words of a page's main part. */
export function mainOf(html: string): string {
  return words(load(spaced(html))("main").text());
}

/** What a browser would post of the page's form: every field as it stands. */
export function fieldsOf(html: string, form = "form.wide"): Record<string, string> {
  const fields = load(html)(form).serializeArray();
  return Object.fromEntries(fields.map(({ name, value }) => [name, value]));
}

/** Elements that stand apart on the page are apart in the text too. */
function spaced(html: string): string {
  return html.replaceAll("<", " <");
}

function words(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll(" :", ":").trim();
}
