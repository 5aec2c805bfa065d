import { appointmentReminder } from "./appointment-reminder.ts";
import type { Audience } from "./audience.ts";
import { purchaseAggregate } from "./purchase-aggregate.ts";
import { unseenSince } from "./unseen-since.ts";
import { visitFollowUp } from "./visit-follow-up.ts";

/** Every kind of audience there is. To add one: write its file like these, and list it here. */
export const AUDIENCES = [appointmentReminder, visitFollowUp, purchaseAggregate, unseenSince] as Audience<never>[];

/** The audience of this kind with its settings checked; null for a kind that nobody knows. Throws zod's error on bad settings. */
export function audienceOf(kind: string, settings: unknown): BoundAudience | null {
  const audience = AUDIENCES.find((each) => each.kind === kind || each.legacyCode === kind);
  return audience ? bind(audience, settings) : null;
}

/** An audience with its settings in place. */
export type BoundAudience = Pick<Audience, "kind" | "title" | "anchors"> & {
  settings: unknown;
  candidates: (...rest: Rest<Audience["candidates"]>) => ReturnType<Audience["candidates"]>;
  decide: (candidate: Parameters<Audience["decide"]>[0], now: number) => ReturnType<Audience["decide"]>;
};
type Rest<Call> = Call extends (first: never, ...rest: infer Others) => unknown ? Others : never;

function bind<Settings>(audience: Audience<Settings>, given: unknown): BoundAudience {
  const settings = audience.settings.parse(given);
  const { kind, title, anchors } = audience;
  return {
    kind,
    title,
    anchors,
    settings,
    candidates: (scope, now) => audience.candidates(settings, scope, now),
    decide: (candidate, now) => audience.decide(candidate, settings, now),
  };
}
