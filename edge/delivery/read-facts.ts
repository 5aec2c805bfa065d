import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { inList } from "../../db/bulk.ts";
import { isStoreUnavailable } from "../../db/connect.ts";
import { messageTemplates, optOuts, pauses, touches } from "../../db/schema/engagement.ts";
import { purchases } from "../../db/schema/imports.ts";
import { mediaBuys } from "../../db/schema/nudges.ts";
import { snapshots } from "../../db/schema/operations.ts";
import { appointments, contactPoints, offices, patients } from "../../db/schema/people.ts";
import { invites } from "../../db/schema/surveys.ts";
import type { Context } from "../context.ts";
import { decideAsk } from "../engagement/decide-ask.ts";
import { type Recheck, recheckNudges } from "../engagement/recheck-nudges.ts";
import { errorFields } from "../log.ts";
import type { GateFacts } from "./gate.ts";
import type { Subject } from "./message-facts.ts";

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
  /** The number itself, opened only when there is one to write to. */
  to: string | null;
  /** The office's day, for "one text a phone a day". */
  today: string;
  language: string | null;
  /** The wording in the person's language, and the rows that it may speak of. */
  template: Template | null;
  subject: Subject;
};

/** Reads what the gate looks at for these touches, in one round trip, and opens the numbers. */
export async function readFacts(ctx: Context, ids: string[]): Promise<Prepared[]> {
  const [rows, contacts, stops, texted, templates, bought, pauseRows, [reading]] = await readAll(ctx, ids);
  const rechecks = await recheckNudges(
    ctx,
    rows.map((row) => row.touches),
  );
  const blocked = new Set(stops.map((row) => row.addressKey));
  const prepared = rows.map(async (row): Promise<Prepared> => {
    const office = row.offices;
    const today = Temporal.Instant.fromEpochMilliseconds(ctx.now())
      .toZonedDateTimeISO(office.timeZone)
      .toPlainDate()
      .toString();
    const contact = contacts.find((each) => each.patientId === row.touches.patientId) ?? null;
    const to = contact && (await openNumber(ctx, contact));
    const language = row.invites?.locale ?? row.patients.language;
    const textedToday = texted.some(
      (other) => other.addressKey === contact?.addressKey && other.sentOn === today && other.id !== row.touches.id,
    );
    const facts: GateFacts = {
      ...standing(ctx, row, pauseRows, rechecks.get(row.touches.id)),
      dataReadAt: reading?.finishedAt ?? null,
      contact: contact && { state: contact.state },
      optedOut: contact !== null && blocked.has(contact.addressKey),
      textedToday,
      onAllowList: to !== null && isAllowed(ctx, to),
    };
    return {
      touch: row.touches,
      facts,
      contact,
      to,
      today,
      language,
      template: pick(templates, row.touches, language),
      subject: subjectOf(row, bought),
    };
  });
  return Promise.all(prepared);
}

/** A number that was moved or changed in the store does not open: it is not written to, and no other text waits for it. */
async function openNumber(ctx: Context, contact: Contact): Promise<string | null> {
  try {
    return await ctx.keys.open({ table: "contact_points", row: contact.id }, contact.sealed);
  } catch (error) {
    if (isStoreUnavailable(error)) throw error;
    ctx.log.error("number does not open", { contact: contact.id, ...errorFields(error) });
    return null;
  }
}

function readAll(ctx: Context, ids: string[]) {
  const mine = sql`${inList(ids)}`;
  const addresses = sql`(SELECT address_key FROM contact_points WHERE system = 'sms' AND is_current = 1
    AND patient_id IN (SELECT patient_id FROM touches WHERE id ${mine}))`;
  return ctx.db.batch([
    ctx.db
      .select()
      .from(touches)
      .innerJoin(offices, eq(offices.id, touches.officeId))
      .innerJoin(patients, eq(patients.id, touches.patientId))
      .leftJoin(appointments, eq(appointments.id, touches.appointmentId))
      .leftJoin(invites, eq(invites.id, touches.inviteId))
      .leftJoin(mediaBuys, eq(mediaBuys.id, touches.mediaBuyId))
      .where(sql`${touches.id} ${mine}`)
      .orderBy(touches.dueAt),
    ctx.db
      .select()
      .from(contactPoints)
      .where(sql`system = 'sms' AND is_current = 1 AND patient_id IN (SELECT patient_id FROM touches WHERE id ${mine})`)
      .orderBy(desc(contactPoints.updatedAt)),
    ctx.db
      .select({ addressKey: optOuts.addressKey })
      .from(optOuts)
      .where(sql`address_key IN ${addresses} AND channel = 'sms' AND ended_at IS NULL`),
    ctx.db
      .select({ id: touches.id, addressKey: touches.addressKey, sentOn: touches.sentOn })
      .from(touches)
      .where(sql`address_key IN ${addresses} AND sent_on >= date('now', '-3 days')`),
    ctx.db
      .select()
      .from(messageTemplates)
      .where(sql`(key, version) IN (SELECT DISTINCT template_key, template_version FROM touches WHERE id ${mine})`),
    ctx.db
      .select()
      .from(purchases)
      .where(sql`patient_id IN (SELECT patient_id FROM touches WHERE id ${mine} AND nudge_id IS NOT NULL)
        AND status = 'sold' AND removed_at IS NULL`)
      .orderBy(desc(purchases.purchasedAt)),
    ctx.db.select().from(pauses).where(isNull(pauses.liftedAt)),
    ctx.db
      .select({ finishedAt: snapshots.finishedAt })
      .from(snapshots)
      .where(and(sql`finished_at IS NOT NULL`, eq(snapshots.source, ctx.tenant.settings.schedule.source)))
      .orderBy(desc(snapshots.finishedAt))
      .limit(1),
  ]);
}

type Row = {
  touches: Touch;
  offices: typeof offices.$inferSelect;
  patients: typeof patients.$inferSelect;
  appointments: typeof appointments.$inferSelect | null;
  invites: typeof invites.$inferSelect | null;
  media_buys: typeof mediaBuys.$inferSelect | null;
};

/** The purchase that the touch is about, else the person's last one. */
function subjectOf(row: Row, bought: (typeof purchases.$inferSelect)[]): Subject {
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
function standing(ctx: Context, row: Row, pauseRows: (typeof pauses.$inferSelect)[], recheck: Recheck | undefined) {
  const { settings, status } = ctx.tenant;
  const { appointments: visit, offices: office, touches: touch } = row;
  const pause = pauseRows.find((each) => each.kind === null || each.kind === touch.kind);
  const decision = recheck ? null : visit && decideAsk(visit, settings, ctx.now());
  const nudgePause = recheck?.nudge.status === "paused" ? (recheck.nudge.pausedReason ?? "paused") : null;
  return {
    tenantActive: status === "active",
    paused: pause ? pause.reason : nudgePause,
    kind: touch.kind,
    notAfterAt: touch.notAfterAt,
    // The hours are the person's own, by the clock where the person is.
    office: {
      ...office,
      timeZone: (recheck && row.patients.timeZone) ?? office.timeZone,
      closedDays: JSON.parse(office.closedDays) as string[],
    },
    // Age is the expiry gate's business: it knows this touch's own limit.
    visitProblem: recheck
      ? recheck.problem
      : decision && !decision.ask && decision.reason !== "too_old"
        ? decision.reason
        : null,
    silentAfterHours: settings.schedule.silentAfterHours,
    phoneProblem: (visit?.phoneProblem ?? null) as "none" | "invalid" | null,
    answered: row.invites?.answered === 1,
    onePerPhonePerDay: settings.ask.onePerPhonePerDay && !["survey_fresh_link", "nudge"].includes(touch.kind),
    isNudge: touch.nudgeId !== null,
    missingFields: [],
  };
}

function isAllowed(ctx: Context, to: string): boolean {
  const list = ctx.env.TEXT_ALLOW_LIST;
  return list === "everyone" || list.split(",").includes(to);
}

type Template = typeof messageTemplates.$inferSelect;

/** The touch's immutable wording in the person's language, else in the clinic's first, else in English. */
function pick(templates: Template[], touch: Touch, language: string | null): Template | null {
  const versions = templates.filter((each) => each.key === touch.templateKey && each.version === touch.templateVersion);
  return versions.find((each) => each.locale === language) ?? versions.find((each) => each.locale === "en") ?? null;
}
