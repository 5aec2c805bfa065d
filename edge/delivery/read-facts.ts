import { isStoreUnavailable } from "../../db/connect.ts";
import type { messageTemplates, pauses, touches } from "../../db/schema/engagement.ts";
import type { purchases } from "../../db/schema/imports.ts";
import type { Category } from "../../db/schema/nudges.ts";
import { countsAs, type Limits } from "../caps.ts";
import type { Context } from "../context.ts";
import { type Recheck, recheckNudges } from "../engagement/recheck-nudges.ts";
import { errorFields } from "../log.ts";
import { mayPost } from "../mailable.ts";
import { type Postal, readPostal } from "../postal-facts.ts";
import { hoursFor } from "../send-hours.ts";
import { zonesOfPhone } from "../zones.ts";
import { capFacts } from "./cap-fact.ts";
import { chooseWording } from "./choose-wording.ts";
import { findArrived } from "./find-arrived.ts";
import type { GateFacts } from "./gate.ts";
import type { Subject } from "./message-facts.ts";
import { type Budget, readBudgets } from "./read-budgets.ts";
import { readTouchRows, type TouchRow } from "./read-touch-rows.ts";
import { lateAs } from "./try-again.ts";
import { visitProblem } from "./visit-problem.ts";
import { objection } from "./wills.ts";

export type Touch = typeof touches.$inferSelect;
export type Contact = {
  id: string;
  addressKey: string;
  sealed: string;
  state: "ok" | "landline" | "unreachable" | "invalid";
};

/** A touch with everything that the gate and the message need, as it stands now. */
export type Prepared = {
  touch: Touch;
  facts: GateFacts;
  contact: Contact | null;
  /** Of letters only: what decides about them, and where they would go. */
  postal: Postal | null;
  /** The number or mail address itself, opened only when there is one to write to. */
  to: string | null;
  /** The local day where the person is, and how much the number may get: both are looked at again at the commit. */
  today: string;
  limits: Limits;
  countsAs: Category;
  /** Where two messages to one person cannot both go, the higher goes first. */
  priority: number;
  language: string | null;
  /** The wording in the person's language, and the rows that it may speak of. */
  template: Template | null;
  subject: Subject;
  /** What it takes from: its nudge's of the month, its media buy's own. */
  budgets: Budget[];
};

/** Reads what the gate looks at for these touches, in one round trip, and opens the addresses. */
export async function readFacts(ctx: Context, ids: string[]): Promise<Prepared[]> {
  const [rows, contacts, wills, texted, templates, bought, rivals, pauseRows, [reading]] = await readTouchRows(
    ctx,
    ids,
  );
  const rechecks = await recheckNudges(
    ctx,
    rows.map((row) => row.touches),
  );
  const budgets = await readBudgets(ctx, rechecks, rows);
  const arrived = await findArrived(
    ctx,
    rows.flatMap((row) => row.touches.standsInFor ?? []),
  );
  const toPost = rows.flatMap(({ touches: { channel, patientId } }) => (channel === "print" ? patientId : []));
  const homes = toPost.length > 0 ? await readPostal(ctx, toPost) : new Map<string, Postal>();
  const prepared = rows.map(async (row): Promise<Prepared> => {
    const { patientId, channel } = row.touches;
    const contact = contacts.find((each) => each.patientId === patientId && each.system === channel) ?? null;
    const to = contact && (await openAddress(ctx, contact));
    const language = row.invites?.locale ?? row.patients.language;
    const nudge = rechecks.get(row.touches.id)?.nudge;
    const category = nudge?.category ?? "care";
    const phoneZones = to === null ? null : zonesOfPhone(to);
    const hasArrived = arrived.has(row.touches.standsInFor ?? "");
    const own = standing(ctx, row, pauseRows, rechecks.get(row.touches.id), phoneZones, hasArrived);
    const counted = countsAs(row.touches.kind, category);
    const priority = nudge?.priority ?? 0;
    const sent = texted.filter(({ addressKey, id }) => addressKey === contact?.addressKey && id !== row.touches.id);
    const { cap, textedToday, today, limits } = capFacts(
      ctx,
      { ...row.touches, category: counted, priority, office: own.office, sent },
      rivals,
    );
    const postal = channel === "print" ? (homes.get(patientId) ?? null) : null;
    const facts: GateFacts = {
      ...own,
      category,
      dataReadAt: reading?.at ?? null,
      contact: contact && { state: contact.state },
      objection: contact && objection(wills, { ...row.touches, category, addressKey: contact.addressKey }),
      textedToday,
      cap,
      onAllowList: channel === "print" ? ctx.env.TEXT_ALLOW_LIST === "everyone" : to !== null && isAllowed(ctx, to),
      ...(postal && { postal: mayPost(postal, { isCertified: ctx.tenant.settings.addresses.areValidated, category }) }),
    };
    return {
      touch: row.touches,
      facts,
      contact,
      postal,
      to,
      today,
      limits,
      countsAs: counted,
      priority,
      language,
      template: chooseWording(versionsOf(templates, row.touches), language, ctx.tenant.settings.theme.locales),
      subject: subjectOf(row, bought),
      budgets: [row.touches.nudgeId, row.touches.mediaBuyId].flatMap((id) => budgets.get(id ?? "") ?? []),
    };
  });
  return Promise.all(prepared);
}

/** An address that was moved or changed in the store does not open: it is not written to, and no other text waits for it. */
async function openAddress(ctx: Context, contact: Contact): Promise<string | null> {
  try {
    return await ctx.keys.open({ table: "contact_points", row: contact.id }, contact.sealed);
  } catch (error) {
    if (isStoreUnavailable(error)) throw error;
    ctx.log.error("address does not open", { contact: contact.id, ...errorFields(error) });
    return null;
  }
}

/** The purchase that the touch is about, else the person's last one. */
function subjectOf(row: TouchRow, bought: (typeof purchases.$inferSelect)[]): Subject {
  const own = bought.filter(({ patientId }) => patientId === row.touches.patientId);
  const purchase = own.find(({ id }) => id === row.touches.purchaseId) ?? own[0] ?? null;
  return {
    office: row.offices,
    patient: row.patients,
    visit: row.appointments,
    purchase,
    mediaBuy: row.media_buys,
  };
}

/** The facts that do not depend on the number. */
function standing(
  ctx: Context,
  row: TouchRow,
  pauseRows: (typeof pauses.$inferSelect)[],
  recheck: Recheck | undefined,
  phoneZones: string | null,
  hasArrived: boolean,
) {
  const { settings, status } = ctx.tenant;
  const { appointments: visit, offices: office, touches: touch } = row;
  const pause = pauseRows.find((each) => each.kind === null || each.kind === touch.kind);
  const nudgePause = recheck?.nudge.status === "paused" ? (recheck.nudge.pausedReason ?? "paused") : null;
  return {
    tenantActive: status === "active",
    paused: pause ? pause.reason : nudgePause,
    kind: touch.kind,
    notAfterAt: touch.notAfterAt,
    lateAs: lateAs(touch.reason),
    office: hoursFor(
      { ...office, closedDays: JSON.parse(office.closedDays) as string[] },
      { ...row.patients, phoneZones },
      { category: recheck?.nudge.category ?? "care", channel: touch.channel },
    ),
    visitProblem: hasArrived ? ("first_arrived" as const) : recheck ? recheck.problem : visitProblem(ctx, row),
    silentAfterHours: settings.schedule.silentAfterHours,
    channel: touch.channel,
    phoneProblem: touch.channel === "sms" ? ((visit?.phoneProblem ?? null) as "none" | "invalid" | null) : null,
    answered: row.invites?.answered === 1,
    onePerPhonePerDay:
      settings.ask.onePerPhonePerDay && touch.channel === "sms" && !ANY_NUMBER_A_DAY.includes(touch.kind),
    isNudge: touch.nudgeId !== null || ["correction", "visit_fresh_link"].includes(touch.kind),
    isOverBudget: false,
    missingFields: [],
  };
}

/** Not counted where a number gets one text a day: asked for, or of use on the very day only. */
const ANY_NUMBER_A_DAY = ["survey_fresh_link", "visit_fresh_link", "nudge", "correction"];

function isAllowed(ctx: Context, to: string): boolean {
  const list = ctx.env.TEXT_ALLOW_LIST;
  return list === "everyone" || list.split(",").includes(to);
}

type Template = typeof messageTemplates.$inferSelect;

/** The versions of the touch's immutable wording, in every language that it has. */
function versionsOf(templates: Template[], { templateKey, templateVersion }: Touch) {
  return templates.filter(({ key, version }) => key === templateKey && version === templateVersion);
}
