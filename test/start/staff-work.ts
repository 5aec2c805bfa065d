import { Temporal } from "temporal-polyfill";
import { signIn, type Visitor } from "../console/sign-in.ts";
import type { Edge } from "../sandbox/edge.ts";
import { OFFERS_WORDING, type Person } from "../sandbox/practices/invent.ts";
import type { PracticeName } from "../sandbox/practices/invent-all.ts";

/** The offer that the demo's clinic lead says yes to; others wait, so that one can be approved by hand. */
const OFFER: Partial<Record<PracticeName, string>> = { bcb: "aschh", mhc: "aschh" };

/**
 * What people at the clinic do before the first run of its nudges, in the console and under their own names: the front
 * desk enters the papers on which somebody said yes to offers, and the lead approves one offer, as a second person.
 */
export async function doStaffWork(slug: PracticeName, edge: Edge, people: Person[]): Promise<void> {
  const offer = OFFER[slug];
  if (!offer) return;
  const papers = people.filter(({ offersOn }) => offersOn);
  const desk = papers.length > 0 ? await signIn({ edge }, "front_desk") : null;
  for (const paper of papers) if (desk) await enter(desk, slug, paper);
  await press(await signIn({ edge }, "clinic_lead"), `/t/${slug}/nudges/${offer}/activate`);
}

function enter(desk: Visitor, slug: PracticeName, { id, phone, offersOn = "" }: Person): Promise<void> {
  return press(desk, `/t/${slug}/consents`, {
    address: phone,
    purpose: "marketing",
    wording: OFFERS_WORDING,
    source: "form",
    evidence: `Signed paper, binder ${Temporal.PlainDate.from(offersOn).year}, sheet ${id}`,
    givenOn: offersOn,
  });
}

async function press(who: Visitor, path: string, form: Record<string, string> = {}): Promise<void> {
  const answer = await who.post(path, form);
  if (answer.status !== 303) throw new Error(`${path} was not done: ${answer.status} ${await answer.text()}`);
}
