import * as z from "zod";
import { isStoreUnavailable } from "../../db/connect.ts";
import type { messageTemplates } from "../../db/schema/engagement.ts";
import type { purchases } from "../../db/schema/imports.ts";
import type { mediaBuys } from "../../db/schema/nudges.ts";
import type { appointments, offices, patients } from "../../db/schema/people.ts";
import { clinicFacts } from "../../templates/message/clinic.ts";
import type { MessageFacts } from "../../templates/message/facts.ts";
import { plausibleName } from "../../templates/message/names.ts";
import type { Context } from "../context.ts";
import { errorFields } from "../log.ts";

/** The rows that a message may speak of, as they stand now. */
export type Subject = {
  office: typeof offices.$inferSelect;
  patient: typeof patients.$inferSelect;
  visit: typeof appointments.$inferSelect | null;
  purchase: typeof purchases.$inferSelect | null;
  mediaBuy: typeof mediaBuys.$inferSelect | null;
};

/** What of a sealed person is of use here; the schedule knows one whole name, other sources know its parts. */
const SealedPerson = z.object({
  name: z.string().nullish(),
  givenName: z.string().nullish(),
  familyName: z.string().nullish(),
  preferredName: z.string().nullish(),
  nickname: z.string().nullish(),
});

/** What the message may say, in the wording's own language. Opens the person only where `withPerson`: most texts name nobody. */
export async function messageFacts(
  ctx: Context,
  { office, patient, visit, purchase, mediaBuy }: Subject,
  template: typeof messageTemplates.$inferSelect,
  withPerson: boolean,
): Promise<MessageFacts> {
  return {
    now: ctx.now(),
    language: template.locale,
    timeZone: office.timeZone,
    clinic: clinicFacts(ctx.tenant.settings),
    office: { ...office, openHours: hoursOf(office.openHours) },
    person: withPerson ? await openPerson(ctx, patient) : null,
    visit: visit && { ...visit, name: visit.serviceType },
    purchase,
    offer: mediaBuy && { code: mediaBuy.offerCode, trackingPhone: mediaBuy.trackingPhone },
    links: {},
  };
}

/** Hours that cannot be read are not known; nothing else of the message depends on them. */
function hoursOf(stored: string | null): (string | null)[] | null {
  try {
    return z
      .array(z.string().nullable())
      .length(7)
      .parse(JSON.parse(stored ?? "null"));
  } catch {
    return null;
  }
}

/** A row that was moved or changed in the store does not open: then nobody is named, and no other text waits for it. */
async function openPerson(ctx: Context, { id, sealed }: Subject["patient"]): Promise<MessageFacts["person"]> {
  try {
    return namesOf(SealedPerson.parse(JSON.parse(await ctx.keys.open({ table: "patients", row: id }, sealed))));
  } catch (error) {
    if (isStoreUnavailable(error)) throw error;
    ctx.log.error("person does not open", { patient: id, ...errorFields(error) });
    return null;
  }
}

/** Whether a message can say the person's first name; where it cannot, it says its default, or is not sent. */
export function isNameable(person: z.infer<typeof SealedPerson>): boolean {
  return plausibleName(namesOf(person)?.first) !== null;
}

/** `RIVER TESTERLY` and `TESTERLY, RIVER` alike: the first word is what the person is called. */
function namesOf(person: z.infer<typeof SealedPerson>): MessageFacts["person"] {
  const [before = "", after] = (person.name ?? "").split(",").map((part) => part.trim());
  const whole = after ? `${after} ${before}` : before;
  const words = whole.split(/\s+/).filter(Boolean);
  const given = person.givenName ?? words[0] ?? null;
  const last = person.familyName ?? (after ? before : words.length > 1 ? (words.at(-1) ?? null) : null);
  const full = person.givenName && person.familyName ? `${person.givenName} ${person.familyName}` : whole || given;
  return { first: person.preferredName || person.nickname || given, last, full };
}
