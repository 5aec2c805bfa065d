import { Temporal } from "temporal-polyfill";
import * as z from "zod";
import type { Context } from "./context.ts";

const MICROS = 1_000_000;

/** What something costs from a clinic-local day on, in the unit of the clinic's currency. */
export const Price = z.strictObject({
  from: z.iso.date(),
  channel: z.enum(["sms", "mail", "print"]),
  /** Of one provider only. */
  provider: z.enum(["twilio", "infobip", "ses"]).optional(),
  /** To numbers that begin like this only, such as `+44`. */
  to: z
    .string()
    .regex(/^\+[1-9]\d{0,7}$/, "expected how numbers begin, such as +44")
    .optional(),
  /** A text's segment, a mail, a printed piece. */
  each: z.number().min(0),
});
export type Price = z.infer<typeof Price>;

/** What is sent. Without a provider or number, only prices that hold for all of them count. */
export type Priced = { channel: Price["channel"]; provider?: string; to?: string };
type PriceList = { prices: Price[]; pricePerSegment: number };

/**
 * What one of these costs on that day (`YYYY-MM-DD`), in micros: of the prices in force the one that names most of the
 * number, then one for its provider, then the newest. Without any, a text costs what a segment does, and all else nothing.
 */
export function priceMicros({ prices, pricePerSegment }: PriceList, what: Priced, on: string): number {
  const [best] = prices
    .filter((price) => price.from <= on && isFor(price, what))
    .sort(
      (one, other) =>
        (other.to?.length ?? 0) - (one.to?.length ?? 0) ||
        Number(other.provider !== undefined) - Number(one.provider !== undefined) ||
        other.from.localeCompare(one.from),
    );
  return toMicros(best?.each ?? (what.channel === "sms" ? pricePerSegment : 0));
}

function isFor(price: Price, { channel, provider, to }: Priced): boolean {
  if (price.channel !== channel) return false;
  if (price.provider !== undefined && price.provider !== provider) return false;
  return price.to === undefined || (to?.startsWith(price.to) ?? false);
}

/** The same for the clinic, today. A text goes by the clinic's first provider unless another is named. */
export function priceNow(ctx: Context, what: Priced): number {
  const { messages, office } = ctx.tenant.settings;
  // Most clinics have no list: no need to know the day then.
  if (messages.prices.length === 0) return priceMicros(messages, what, "");
  const provider = what.channel === "sms" ? messages.smsProvider : "ses";
  return priceMicros(messages, { provider, ...what }, dayAt(ctx.now(), office.timeZone));
}

/** An amount of a currency in micros of it. Binary fractions leave dust: it is rounded off. */
export function toMicros(amount: number): number {
  return Math.round(amount * MICROS);
}

/** The clinic's calendar month at this instant, `YYYY-MM`: the month whose budget counts. */
export function budgetMonth(ctx: Context, at: number): string {
  return dayAt(at, ctx.tenant.settings.office.timeZone).slice(0, 7);
}

function dayAt(at: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}
