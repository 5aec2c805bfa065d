import type { appointments } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import { capFacts } from "../../delivery/cap-fact.ts";
import { type GateFacts, judge, type Verdict } from "../../delivery/gate.ts";
import { objection, type Will } from "../../delivery/wills.ts";
import { hoursFor } from "../../send-hours.ts";
import type { Story } from "./read-story.ts";

type Visit = typeof appointments.$inferSelect;

/**
 * What each gate would say of a question about this visit at this moment, for a visit that has no message yet. The
 * visit itself is taken as a reason to ask, so that what stands in the way later is seen before.
 */
export function ifAskedNow(ctx: Context, story: Story, visit: Visit): Verdict[] {
  const { settings, status } = ctx.tenant;
  const number = story.numbers.find(({ system, isCurrent }) => system === "sms" && isCurrent === 1);
  const pause = story.holds.find(({ kind }) => kind === null || kind === "survey_invite");
  const clinic = { ...story.office, closedDays: JSON.parse(story.office.closedDays) as string[] };
  const office = hoursFor(clinic, { ...story.patient, phoneZones: number?.timeZone ?? null }, ASKED);
  const sent = story.touches.filter(
    ({ addressKey, status }) => addressKey !== null && addressKey === number?.addressKey && !FAILED.includes(status),
  );
  const asked = { ...ASKED, id: "", patientId: "", category: "care" as const, priority: 0, office, sent };
  const { textedToday, cap } = capFacts(ctx, asked, []);
  const facts: GateFacts = {
    tenantActive: status === "active",
    paused: pause?.reason ?? null,
    kind: "survey_invite",
    channel: "sms",
    notAfterAt: Math.max(visit.startsAt, ctx.now()) + settings.ask.maxVisitAgeHours * 3_600_000,
    office,
    lateAs: "too_old",
    visitProblem: null,
    dataReadAt: story.dataReadAt,
    silentAfterHours: settings.schedule.silentAfterHours,
    contact: number ? { state: number.state } : null,
    phoneProblem: visit.phoneProblem as GateFacts["phoneProblem"],
    category: "care",
    objection: number ? objection(noes(story), { ...ASKED, addressKey: number.addressKey }) : null,
    answered: story.invites.some((invite) => invite.appointmentId === visit.id && invite.answered === 1),
    textedToday,
    cap,
    onePerPhonePerDay: settings.ask.onePerPhonePerDay,
    onAllowList: true,
    isNudge: false,
    isOverBudget: false,
    missingFields: [],
  };
  // Whether the text has blanks and the number is allowed shows when there is a text and a number.
  return judge(facts, ctx.now()).filter(({ gate }) => gate !== "fields" && gate !== "allowList");
}

const FAILED = ["undelivered", "failed"];
const ASKED = { channel: "sms", category: "care", kind: "survey_invite" };

function noes({ stops }: Story): Will[] {
  return stops.filter(({ endedAt }) => endedAt === null).map((stop) => ({ ...stop, says: "no" }));
}
