import { stringify } from "csv-stringify/sync";
import { auditEvents } from "../../../db/audit.ts";
import { stamp } from "../../context.ts";
import type { StaffRequest } from "../staff.ts";
import { type Shown, TOO_FEW } from "./numbers.ts";
import { getBuy, type Listed } from "./read-buys.ts";

/**
 * `GET /media-buys/:buy/numbers.csv`: a media buy's numbers, a line each, with nothing that says who anybody is. What
 * fewer than five people did is `too few`. A cell that a spreadsheet would take for a formula is quoted. The export is in
 * the audit.
 */
export async function exportBuy({ c, ctx }: StaffRequest): Promise<Response> {
  const listed = await getBuy(ctx, c.req.param("buy") ?? "");
  const { buy } = listed;
  await ctx.db.run(auditEvents(stamp(ctx), [{ action: "media_buy.exported", entityId: buy.id }]));
  const csv = stringify([["number", "value"], ...linesOf(listed)], {
    bom: true,
    escape_formulas: true,
    record_delimiter: "windows",
  });
  c.header("content-type", "text/csv; charset=utf-8");
  c.header("content-disposition", `attachment; filename="media-buy-${buy.id.slice(-12)}.csv"`);
  return c.body(csv);
}

function linesOf({ buy, nudge, counts, numbers }: Listed): [string, string][] {
  const { incrementalRoi: gain, incrementalMicros: extra } = numbers;
  return [
    ["name", buy.name],
    ["nudge", nudge.code],
    ["channel", buy.channel],
    ["vendor", buy.vendor],
    ["status", buy.status],
    ["currency", buy.currency],
    ["mailed_on", buy.mailOn ?? ""],
    ["in_home_from", buy.inHomeFromOn ?? ""],
    ["attribution_days", String(buy.attributionDays)],
    ["planned", String(counts.planned)],
    ["suppressed", String(counts.suppressed)],
    ["held_out", String(counts.holdout)],
    ["sent", String(counts.fulfilled)],
    ["returned", String(counts.returned)],
    ["quoted", money(numbers.quotedMicros)],
    ["invoiced", buy.invoicedMicros === null ? "" : money(buy.invoicedMicros)],
    ["cost", money(numbers.totalMicros)],
    ["cost_per_recipient", numbers.perRecipientMicros === null ? "" : money(numbers.perRecipientMicros)],
    ["responses", shown(numbers.responses, String)],
    ["revenue", shown(numbers.revenueMicros, money)],
    ...numbers.foreign.map(({ currency, micros }): [string, string] => [
      `revenue_in_${currency.toLowerCase()}`,
      money(micros),
    ]),
    ["roi", shown(numbers.roi, ratio)],
    ["incremental_revenue", extra ? money(extra.value) : ""],
    ["incremental_roi", gain ? ratio(gain.value) : ""],
    ["incremental_roi_low", gain ? ratio(gain.low) : ""],
    ["incremental_roi_high", gain ? ratio(gain.high) : ""],
  ];
}

function shown(value: Shown, say: (value: number) => string): string {
  if (value === null || value === TOO_FEW) return value ?? "";
  return say(value);
}

function money(micros: number): string {
  return (micros / 1e6).toFixed(6);
}

function ratio(value: number): string {
  return value.toFixed(4);
}
