import * as z from "zod";
import { commitMailing } from "../../delivery/media-buys/commit-mailing.ts";
import {
  cancelMediaBuy,
  completeMediaBuy,
  Mailed,
  recordMailed,
  startProduction,
} from "../../delivery/media-buys/follow-mailing.ts";
import { BuyDeal, keepDeal } from "../../delivery/media-buys/keep-costs.ts";
import { Invoice, recordInvoice } from "../../delivery/media-buys/record-invoice.ts";
import { Returned, recordReturned } from "../../delivery/media-buys/record-returned.ts";
import { type FieldProblem, HearbackError } from "../../errors.ts";
import { sendFileAgain } from "../../exports/decide-delivery.ts";
import { readForm } from "../form.ts";
import { lines, micros, number } from "../nudges/read-values.ts";
import type { Values } from "../nudges/values.ts";
import type { StaffRequest } from "../staff.ts";
import { buyPage } from "./one-page.tsx";
import { getBuy } from "./read-buys.ts";

/** `POST /media-buys/:buy/commit`: approves the price and freezes the list. */
export const commit = (request: StaffRequest) => press(request, "committed", commitMailing);
/** `POST /media-buys/:buy/production`: the printer has it. */
export const production = (request: StaffRequest) => press(request, "production", startProduction);
/** `POST /media-buys/:buy/resend`: the file that did not arrive, or may not have, goes again. */
export const resend = (request: StaffRequest) => press(request, "resent", sendFileAgain);
/** `POST /media-buys/:buy/complete`: nothing more is expected. */
export const complete = (request: StaffRequest) => press(request, "completed", completeMediaBuy);
/** `POST /media-buys/:buy/cancel`: nothing of it is printed or sent any more. */
export const cancel = (request: StaffRequest) => press(request, "cancelled", cancelMediaBuy);

type Verb = (ctx: StaffRequest["ctx"], id: string) => Promise<unknown>;

async function press({ c, ctx, base }: StaffRequest, done: string, verb: Verb): Promise<Response> {
  const id = c.req.param("buy") ?? "";
  await verb(ctx, id);
  return c.redirect(`${base}/media-buys/${id}?done=buy-${done}`, 303);
}

/** `POST /media-buys/:buy/costs`: what was agreed with the vendor. */
export function costs(request: StaffRequest): Promise<Response> {
  return save(request, "costs", BuyDeal, keepDeal, (typed) => ({
    vendor: typed.vendor ?? "",
    fixedMicros: micros(typed.fixed) ?? 0,
    unitMicros: micros(typed.unit) ?? 0,
    postageMicros: micros(typed.postage) ?? 0,
    budgetMicros: micros(typed.buyBudget) ?? null,
    offerCode: typed.offerCode || null,
    trackingPhone: typed.trackingPhone || null,
    attributionDays: number(typed.attributionDays),
  }));
}

/** `POST /media-buys/:buy/mailed`: when it was posted, and when it lies in people's homes. */
export function mailed(request: StaffRequest): Promise<Response> {
  return save(request, "mailed", Mailed, recordMailed, ({ vendorJobRef, ...days }) => ({
    mailOn: days.mailOn,
    inHomeFromOn: days.inHomeFromOn,
    inHomeToOn: days.inHomeToOn,
    ...(vendorJobRef && { vendorJobRef }),
  }));
}

/** `POST /media-buys/:buy/invoice`: what the vendor asks for. */
export function invoice(request: StaffRequest): Promise<Response> {
  return save(request, "invoiced", Invoice, recordInvoice, ({ invoiced }) => ({ invoicedMicros: micros(invoiced) }));
}

/** `POST /media-buys/:buy/returned`: pieces that came back, by what they bear. */
export function returned(request: StaffRequest): Promise<Response> {
  const note = (ctx: StaffRequest["ctx"], _id: string, pieces: Returned) => recordReturned(ctx, pieces);
  return save(request, "returned", Returned, note, (typed) => ({
    references: lines(typed.references ?? ""),
    why: typed.why,
  }));
}

/** Does it, or shows the page again with what was typed and what is wrong with it. Throws NOT_FOUND. */
async function save<Schema extends z.ZodType>(
  request: StaffRequest,
  done: string,
  schema: Schema,
  verb: (ctx: StaffRequest["ctx"], id: string, input: z.infer<Schema>) => Promise<unknown>,
  inputOf: (typed: Values) => unknown,
): Promise<Response> {
  const { c, ctx, base } = request;
  const listed = await getBuy(ctx, c.req.param("buy") ?? "");
  const typed = await readForm(c, z.record(z.string(), z.string()));
  const checked = schema.safeParse(inputOf(typed));
  const problems = checked.success
    ? await refusalOf(() => verb(ctx, listed.buy.id, checked.data))
    : checked.error.issues.map(({ path, message }) => ({ field: path.join("."), problem: message }));
  if (problems.length === 0) return c.redirect(`${base}/media-buys/${listed.buy.id}?done=buy-${done}`, 303);
  c.status(400);
  return buyPage(request, listed, { values: typed, problems: byField(problems) });
}

/** What the verb has against it; nothing when it is done. What is no problem of the form is thrown. */
async function refusalOf(verb: () => Promise<unknown>): Promise<FieldProblem[]> {
  try {
    await verb();
    return [];
  } catch (error) {
    if (!(error instanceof HearbackError)) throw error;
    if (error.problems.length > 0) return error.problems;
    if (error.code === "CONFLICT" || error.code === "FORBIDDEN") return [{ field: "form", problem: error.message }];
    throw error;
  }
}

/** From a field of the verb to the form's own, and what the form wants there. */
const FIELDS: Record<string, [name: string, advice?: string]> = {
  vendor: ["vendor", "Say who makes it, in up to 80 letters."],
  fixedMicros: ["fixed", "Give an amount, 0 for none."],
  unitMicros: ["unit", "Give an amount, 0 for none."],
  postageMicros: ["postage", "Give an amount, 0 for none."],
  budgetMicros: ["buyBudget", "Give an amount, or leave it empty."],
  offerCode: ["offerCode", "Use up to 40 letters, or leave it empty."],
  trackingPhone: ["trackingPhone", "Give the number as +12025550101, or leave it empty."],
  attributionDays: ["attributionDays", "Give whole days from 1 to 365."],
  invoicedMicros: ["invoiced", "Give the invoice's total."],
  mailOn: ["mailOn", "Give the day."],
  vendorJobRef: ["vendorJobRef", "Use up to 60 letters."],
  why: ["why", "Choose one."],
};

function byField(problems: FieldProblem[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { field, problem } of problems) {
    const [start = "", place] = field.split(".");
    const [name = start, advice] = FIELDS[start] ?? [];
    const at = place === undefined ? "" : `Line ${Number(place) + 1}: `;
    if (!found.has(name)) found.set(name, advice ?? at + problem);
  }
  return found;
}
