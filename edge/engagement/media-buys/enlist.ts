import { type SQL, sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { inList, insertRows } from "../../../db/bulk.ts";
import { newId } from "../../../db/ids.ts";
import { touches } from "../../../db/schema/engagement.ts";
import { addresses } from "../../../db/schema/imports.ts";
import { mediaBuyRecipients, mediaBuys } from "../../../db/schema/nudges.ts";
import { audit } from "../../../db/schema/operations.ts";
import { type Context, stamp } from "../../context.ts";
import { mayPost } from "../../mailable.ts";
import { type Postal, readPostal } from "../../postal-facts.ts";
import type { Reason } from "../../reasons.ts";
import type { Wanted } from "../diff-wanted.ts";
import type { Nudge, Step } from "../read-nudges.ts";
import { nextSlotStartsAt, slotStartsAt } from "./slot.ts";

/** A message as far as its media buy is concerned. */
export type Costed = Pick<Wanted, "key" | "stepId" | "patientId" | "dueAt" | "skip">;
/** A step that is paid for, with its nudge. */
export type Buying = { step: Step; nudge: Pick<Nudge, "id" | "name" | "category"> };

type Row = {
  key: string;
  stepId: string;
  slotAt: number;
  role: "mailed" | "holdout" | "suppressed";
  why: Reason | null;
};

/**
 * The statements that write these messages into the media buys of their steps and slots, opening those that are not
 * there yet. They belong into the batch that writes the messages, after them. Who gets a piece, who was held out, and who
 * cannot get one and why, is kept as it stands now; hand-off and commit look again. Where a slot's list is frozen already,
 * the next slot takes them. Said twice, it changes nothing.
 */
export async function enlist(ctx: Context, buyings: Map<string, Buying>, all: Costed[]): Promise<SQL[]> {
  const costed = all.flatMap((message) => {
    const buying = buyings.get(message.stepId ?? "");
    return buying && vendorOf(ctx, buying.step) ? [{ message, buying }] : [];
  });
  if (costed.length === 0) return [];
  const frozen = await readFrozen(ctx, costed);
  const buys = new Map<string, typeof mediaBuys.$inferInsert>();
  const placed = costed.map(({ message, buying }) => {
    const slotAt = openSlot(ctx, buying.step, message.dueAt, frozen);
    const place = placeOf(buying.step.id, slotAt);
    if (!buys.has(place)) buys.set(place, newBuy(ctx, buying, slotAt));
    return { message, buying, slotAt };
  });
  const rows = await withRoles(ctx, placed, [...buys.values()]);
  return statementsFor(ctx, [...buys.values()], rows);
}

/** The steps of these nudges that are paid for by media buy. A letter always is. */
export function buyingsOf(live: { nudge: Nudge; steps: Step[] }[]): Map<string, Buying> {
  return new Map(
    live.flatMap(({ nudge, steps }) =>
      steps.filter(isBought).map((step): [string, Buying] => [step.id, { step, nudge }]),
    ),
  );
}

function isBought({ channel, hasMediaBuy }: Step): boolean {
  return channel === "print" || hasMediaBuy === 1;
}

function vendorOf({ tenant: { settings } }: Context, { channel }: Step): string | null {
  if (channel === "print") return settings.print?.vendor ?? null;
  return channel === "mail" ? "ses" : settings.messages.smsProvider;
}

type Placing = { message: Costed; buying: Buying };

/** Slots from the earliest of these on whose list can take nobody any more, as `step:slot`. */
async function readFrozen(ctx: Context, costed: Placing[]): Promise<Set<string>> {
  const earliest = costed.map(({ message, buying }) => slotStartsAt(buying.step, message.dueAt, zoneOf(ctx)));
  const rows = await ctx.db.all<{
    place: string;
  }>(sql`SELECT step_id || ':' || slot_starts_at AS place FROM ${mediaBuys}
    WHERE step_id ${inList([...new Set(costed.map(({ buying }) => buying.step.id))])}
      AND slot_starts_at >= ${Math.min(...earliest)} AND status <> 'draft'`);
  return new Set(rows.map(({ place }) => place));
}

function openSlot(ctx: Context, step: Step, dueAt: number, frozen: Set<string>): number {
  let slotAt = slotStartsAt(step, dueAt, zoneOf(ctx));
  while (frozen.has(placeOf(step.id, slotAt))) slotAt = nextSlotStartsAt(step, slotAt, zoneOf(ctx));
  return slotAt;
}

function newBuy(ctx: Context, { step, nudge }: Buying, slotStartsAt: number) {
  const now = ctx.now();
  const day = Temporal.Instant.fromEpochMilliseconds(slotStartsAt).toZonedDateTimeISO(zoneOf(ctx)).toPlainDate();
  return {
    id: newId("mediaBuy", now),
    nudgeId: nudge.id,
    stepId: step.id,
    slotStartsAt,
    name: `${nudge.name}, ${day}`,
    vendor: vendorOf(ctx, step) ?? "",
    channel: step.channel,
    status: "draft" as const,
    currency: ctx.tenant.settings.messages.currency,
    unitMicros: step.unitCostMicros ?? 0,
    createdAt: now,
    updatedAt: now,
  };
}

function placeOf(stepId: string, slotAt: number): string {
  return `${stepId}:${slotAt}`;
}

function zoneOf(ctx: Context): string {
  return ctx.tenant.settings.office.timeZone;
}

async function withRoles(
  ctx: Context,
  placed: (Placing & { slotAt: number })[],
  buys: { stepId: string; slotStartsAt: number }[],
): Promise<Row[]> {
  const posted = placed.filter(({ buying }) => buying.step.channel === "print");
  const people = await (posted.length > 0
    ? readPostal(
        ctx,
        posted.map(({ message }) => message.patientId),
      )
    : new Map<string, Postal>());
  const served = posted.length > 0 ? await readServed(ctx, buys, [...people.values()]) : new Set<string>();
  return placed.map(({ message: { key, patientId, skip }, buying: { step, nudge }, slotAt }): Row => {
    const place = { key, stepId: step.id, slotAt };
    const no = (why: Reason): Row => ({ ...place, role: "suppressed", why });
    if (skip !== null && skip !== "holdout") return no(skip);
    const postal = step.channel === "print" ? people.get(patientId) : undefined;
    if (postal) {
      const isCertified = ctx.tenant.settings.addresses.areValidated;
      const decision = mayPost(postal, { isCertified, category: nudge.category });
      if (decision.may === "suppress") return no(decision.why);
      const home = `${placeOf(step.id, slotAt)}:${postal.householdKey}`;
      if (skip === null && postal.householdKey !== null) {
        if (served.has(home)) return no("duplicate_household");
        served.add(home);
      }
    }
    return { ...place, role: skip === null ? "mailed" : "holdout", why: null };
  });
}

/** The households that these lists write to already, as `step:slot:household`. */
async function readServed(
  ctx: Context,
  buys: { stepId: string; slotStartsAt: number }[],
  people: Postal[],
): Promise<Set<string>> {
  const homes = people.flatMap(({ householdKey }) => householdKey ?? []);
  const rows = await ctx.db.all<{
    home: string;
  }>(sql`SELECT step_id || ':' || slot_starts_at || ':' || household_key AS home
    FROM ${addresses} JOIN ${mediaBuyRecipients} ON media_buy_recipients.patient_id = addresses.patient_id
      JOIN ${mediaBuys} ON media_buys.id = media_buy_id
    WHERE household_key ${inList(homes)} AND role = 'mailed' AND step_id ${inList(buys.map(({ stepId }) => stepId))}
      AND slot_starts_at ${inList(buys.map((buy) => buy.slotStartsAt))}`);
  return new Set(rows.map(({ home }) => home));
}

function statementsFor(ctx: Context, buys: (typeof mediaBuys.$inferInsert)[], rows: Row[]): SQL[] {
  const { at, actor, requestId } = stamp(ctx);
  const json = JSON.stringify(rows);
  const field = (name: keyof Row) => sql.raw(`json_extract(row.value, '$.${name}')`);
  const mine = sql`touches.dedupe_key = ${field("key")} AND touches.status IN ('planned', 'claimed', 'skipped')`;
  return [
    insertRows(
      mediaBuys,
      buys as Record<string, string | number>[],
      {},
      sql`ON CONFLICT (step_id, slot_starts_at) DO NOTHING`,
    ),
    sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, 'media_buy.opened', id, json_object('nudge', nudge_id, 'channel', channel), ${requestId}
      FROM ${mediaBuys} WHERE id ${inList(buys.map(({ id }) => id))}`,
    sql`UPDATE ${touches} SET media_buy_id = (SELECT id FROM ${mediaBuys}
        WHERE step_id = ${field("stepId")} AND slot_starts_at = ${field("slotAt")} AND media_buys.status = 'draft')
      FROM json_each(${json}) AS row WHERE ${mine} AND (touches.status <> 'skipped' OR touches.media_buy_id IS NULL)`,
    sql`DELETE FROM ${mediaBuyRecipients} WHERE touch_id IN (SELECT listed.touch_id FROM json_each(${json}) AS row
      JOIN ${touches} ON ${mine} JOIN ${mediaBuyRecipients} AS listed ON listed.touch_id = touches.id
      WHERE listed.media_buy_id IS NOT touches.media_buy_id)`,
    sql`INSERT INTO ${mediaBuyRecipients} (media_buy_id, patient_id, touch_id, role, suppress_reason)
      SELECT touches.media_buy_id, touches.patient_id, touches.id, ${field("role")}, ${field("why")}
      FROM json_each(${json}) AS row JOIN ${touches} ON ${mine} WHERE touches.media_buy_id IS NOT NULL
      ON CONFLICT DO NOTHING`,
  ];
}
