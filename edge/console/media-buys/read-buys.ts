import { eq, sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { inList } from "../../../db/bulk.ts";
import { touches } from "../../../db/schema/engagement.ts";
import { purchases } from "../../../db/schema/imports.ts";
import { mediaBuyRecipients, mediaBuys, nudges } from "../../../db/schema/nudges.ts";
import { appointments } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import type { MediaBuy } from "../../delivery/media-buys/move-buy.ts";
import { countRecipients, FULFILLED, type RecipientCounts, ROLE_NOW } from "../../delivery/media-buys/recipients.ts";
import { attribute, type Bought, type Membership } from "../../engagement/media-buys/attribute.ts";
import { HearbackError } from "../../errors.ts";
import { type BuyNumbers, type Facts, numbersOf } from "./numbers.ts";

export type Listed = {
  buy: MediaBuy;
  nudge: Pick<typeof nudges.$inferSelect, "code" | "name" | "category" | "approvedBy">;
  counts: RecipientCounts;
  /** The time in which what people do counts as its effect, epoch ms, `toAt` excluded; null before it was mailed. */
  window: { fromAt: number; toAt: number } | null;
  numbers: BuyNumbers;
};

export type Cursor = { at: number; id: string };

/** Media buys with their numbers, newest first, from the cursor on. Reads the people of these, however many buys there are. */
export async function listBuys(ctx: Context, { before, limit }: { before: Cursor; limit: number }): Promise<Listed[]> {
  const rows = await ctx.db
    .select({ buy: mediaBuys, nudge: nudges })
    .from(mediaBuys)
    .innerJoin(nudges, eq(nudges.id, mediaBuys.nudgeId))
    .where(sql`(media_buys.created_at, media_buys.id) < (${before.at}, ${before.id})`)
    .orderBy(sql`media_buys.created_at DESC, media_buys.id DESC`)
    .limit(limit);
  return withNumbers(ctx, rows);
}

/** One media buy with its numbers. Throws NOT_FOUND. */
export async function getBuy(ctx: Context, id: string): Promise<Listed> {
  const rows = await ctx.db
    .select({ buy: mediaBuys, nudge: nudges })
    .from(mediaBuys)
    .innerJoin(nudges, eq(nudges.id, mediaBuys.nudgeId))
    .where(eq(mediaBuys.id, id));
  const [found] = await withNumbers(ctx, rows);
  if (!found) throw new HearbackError("NOT_FOUND", "There is no such media buy here.");
  return found;
}

async function withNumbers(ctx: Context, rows: Pick<Listed, "buy" | "nudge">[]): Promise<Listed[]> {
  const { timeZone } = ctx.tenant.settings.office;
  const windows = rows.flatMap(({ buy }) => {
    const window = windowOf(buy, timeZone);
    return window ? { id: buy.id, ...window } : [];
  });
  const ids = rows.map(({ buy }) => buy.id);
  const [counts, carried, responses, lines] = await Promise.all([
    countRecipients(ctx, ids),
    readCarried(ctx, ids),
    readResponses(ctx, windows),
    readLines(ctx, windows),
  ]);
  // A sale in the time of two buys is read for each, and counted once.
  const bought = new Map(lines.filter(isOwnMoney).map((line) => [line.purchaseId, line]));
  const revenue = attribute(await readMemberships(ctx, lines, timeZone), [...bought.values()]);
  return rows.flatMap(({ buy, nudge }): Listed[] => {
    const own = counts.get(buy.id);
    if (!own) return [];
    const foreign = Map.groupBy(
      lines.filter(
        (line) => line.mediaBuyId === buy.id && line.role === "mailed" && line.status !== "void" && !isOwnMoney(line),
      ),
      ({ currency }) => currency,
    );
    const facts: Facts = {
      counts: own,
      carriedMicros: carried.get(buy.id) ?? 0,
      hasWindow: windows.some(({ id }) => id === buy.id),
      responses: responses.get(buy.id) ?? 0,
      spent: revenue.get(buy.id) ?? { mailed: new Map(), holdout: new Map() },
      foreign: [...foreign].map(([currency, all]) => ({
        currency,
        micros: all.reduce((sum, { amountMicros }) => sum + amountMicros, 0),
      })),
    };
    const window = windows.find(({ id }) => id === buy.id) ?? null;
    return [{ buy, nudge, counts: own, window, numbers: numbersOf(buy, facts) }];
  });
}

/** From the first day in people's homes (else of the mailing, else of a text's slot), so many days by the clinic's clock. */
function windowOf(buy: MediaBuy, timeZone: string): Listed["window"] {
  const on = buy.inHomeFromOn ?? buy.mailOn ?? slotDay(buy, timeZone);
  if (!on) return null;
  const day = Temporal.PlainDate.from(on);
  const startOf = (days: number) => day.add({ days }).toZonedDateTime(timeZone).epochMilliseconds;
  return { fromAt: startOf(0), toAt: startOf(buy.attributionDays) };
}

/** A text is there at once; a letter only when it was mailed. */
function slotDay({ channel, slotStartsAt }: MediaBuy, timeZone: string): string | null {
  if (channel === "print") return null;
  return Temporal.Instant.fromEpochMilliseconds(slotStartsAt).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** What carriers charged, or are expected to, for what left of these, by buy. */
async function readCarried(ctx: Context, ids: string[]): Promise<Map<string, number>> {
  const rows = await ctx.db.all<{ id: string; micros: number }>(sql`SELECT media_buy_recipients.media_buy_id AS id,
      sum(coalesce(touches.cost_micros, touches.estimate_micros, 0)) AS micros
    FROM ${mediaBuyRecipients} JOIN ${touches} ON touches.id = touch_id
    WHERE media_buy_recipients.media_buy_id ${inList(ids)} AND touches.channel <> 'print' AND ${FULFILLED} GROUP BY 1`);
  return new Map(rows.map(({ id, micros }) => [id, micros]));
}

type Window = { id: string; fromAt: number; toAt: number };
const given = (name: keyof Window) => sql.raw(`json_extract(span.value, '$.${name}')`);

/** How many of those mailed booked a visit in the buy's time, by buy. */
async function readResponses(ctx: Context, windows: Window[]): Promise<Map<string, number>> {
  const rows = await ctx.db.all<{ id: string; count: number }>(sql`SELECT ${given("id")} AS id, count(*) AS count
    FROM json_each(${JSON.stringify(windows)}) AS span
      CROSS JOIN ${mediaBuyRecipients} ON media_buy_recipients.media_buy_id = ${given("id")} AND role = 'mailed'
      JOIN ${touches} ON touches.id = touch_id
    WHERE ${FULFILLED} AND EXISTS (SELECT 1 FROM ${appointments} AS booked WHERE booked.patient_id = media_buy_recipients.patient_id
      AND booked.created_at >= ${given("fromAt")} AND booked.created_at < ${given("toAt")} AND booked.removed_at IS NULL
      AND booked.status <> 'entered-in-error') GROUP BY 1`);
  return new Map(rows.map(({ id, count }) => [id, count]));
}

type Line = Bought & {
  mediaBuyId: string;
  role: Membership["role"];
  currency: string;
  own: string;
  purchaseId: string;
};

/** What people of these buys bought in the buys' time. */
function readLines(ctx: Context, windows: Window[]): Promise<Line[]> {
  return ctx.db.all<Line>(sql`SELECT ${given("id")} AS mediaBuyId, ${ROLE_NOW} AS role, bought.id AS purchaseId,
      bought.patient_id AS patientId, bought.purchased_at AS purchasedAt, bought.amount_micros AS amountMicros,
      bought.status, bought.currency, media_buys.currency AS own
    FROM json_each(${JSON.stringify(windows)}) AS span
      JOIN ${mediaBuys} ON media_buys.id = ${given("id")}
      CROSS JOIN ${mediaBuyRecipients} ON media_buy_recipients.media_buy_id = ${given("id")} AND role IN ('mailed', 'holdout')
      LEFT JOIN ${touches} ON touches.id = touch_id
      JOIN ${purchases} AS bought ON bought.patient_id = media_buy_recipients.patient_id
        AND bought.purchased_at >= ${given("fromAt")} AND bought.purchased_at < ${given("toAt")}
    WHERE ${ROLE_NOW} IN ('mailed', 'holdout') AND bought.removed_at IS NULL`);
}

/** Money of another currency is told apart, and added to nothing. */
const isOwnMoney = ({ currency, own }: Line) => currency === own;

/** Every part that those who bought have in any media buy: a later piece of another one takes the sale. */
async function readMemberships(ctx: Context, lines: Line[], timeZone: string): Promise<Membership[]> {
  const people = [...new Set(lines.map(({ patientId }) => patientId))];
  if (people.length === 0) return [];
  const rows = await ctx.db
    .select({ buy: mediaBuys, patientId: mediaBuyRecipients.patientId, role: ROLE_NOW })
    .from(mediaBuyRecipients)
    .innerJoin(mediaBuys, eq(mediaBuys.id, mediaBuyRecipients.mediaBuyId))
    .leftJoin(touches, eq(touches.id, mediaBuyRecipients.touchId))
    .where(sql`${mediaBuyRecipients.patientId} ${inList(people)} AND media_buys.status <> 'cancelled'`);
  return rows.flatMap(({ buy, patientId, role }) => {
    const window = windowOf(buy, timeZone);
    return window && role !== "suppressed" ? [{ mediaBuyId: buy.id, patientId, role, ...window }] : [];
  });
}
