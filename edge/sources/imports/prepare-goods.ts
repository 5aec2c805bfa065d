import { newId } from "../../../db/ids.ts";
import type { Context } from "../../context.ts";
import type { ProductRow, PurchaseRow } from "../../contract/imports.ts";
import { erasedOwners } from "../../erased.ts";
import { keptVisitsFrom } from "../kept-visits.ts";
import type { OfficeBook } from "./office-book.ts";
import type { Parsed, Prepared } from "./stage-rows.ts";

/** What the store keeps of each product. */
export function prepareProducts(ctx: Context, rows: Parsed<ProductRow>[]): Prepared[] {
  return rows.map(({ value }) => ({
    row: {
      id: newId("product", ctx.now()),
      sku: value.sku ?? null,
      name: value.name,
      category: value.category ?? null,
      listPriceMicros: value.listPrice === undefined ? null : micros(value.listPrice),
      removed: value.isRemoved ? 1 : 0,
    },
  }));
}

/** What the store keeps of each purchase; who, what and which visit are still the source's keys. */
export async function preparePurchases(
  ctx: Context,
  source: string,
  rows: Parsed<PurchaseRow>[],
  book: OfficeBook,
): Promise<Prepared[]> {
  const keptFrom = keptVisitsFrom(ctx);
  const erased = await erasedOwners(
    ctx,
    source,
    rows.map(({ value }) => value.patientSourceId),
  );
  return rows.map(({ value }) => {
    if (erased.has(value.patientSourceId)) return { code: "erased" };
    const officeId = value.officeSourceId === undefined ? null : book.officeOf(value.officeSourceId);
    if (value.officeSourceId !== undefined && !officeId) return { code: "office_unknown", field: "officeSourceId" };
    const purchasedAt = book.time(value.purchasedAt, officeId);
    if (!purchasedAt) return { code: "time_invalid", field: "purchasedAt" };
    if (purchasedAt.at < keptFrom) return { code: "past_retention", field: "purchasedAt" };
    return {
      row: {
        id: newId("purchase", ctx.now()),
        patient: value.patientSourceId,
        officeId,
        product: value.productSourceId ?? null,
        appointment: value.appointmentSourceId ?? null,
        category: value.category ?? null,
        quantity: value.quantity,
        amountMicros: micros(value.amount),
        currency: value.currency,
        purchasedAt: purchasedAt.at,
        localOn: purchasedAt.localOn,
        status: value.status,
        warrantyEndOn: value.warrantyEndOn ?? null,
        removed: value.isRemoved ? 1 : 0,
      },
    };
  });
}

/** `129.95` as 129,950,000: digits moved, never multiplied, because 129.95 is not a number that a float can hold. */
function micros(amount: string): number {
  const [whole = "0", fraction = ""] = amount.replace("-", "").split(".");
  const value = Number(`${whole}${fraction.padEnd(6, "0")}`);
  return amount.startsWith("-") ? -value : value;
}
