import { stringify } from "csv-stringify/sync";
import { Temporal } from "temporal-polyfill";
import * as z from "zod";
import { auditEvents } from "../../../db/audit.ts";
import { stamp } from "../../context.ts";
import { HearbackError } from "../../errors.ts";
import { readQuery } from "../form.ts";
import type { StaffRequest } from "../staff.ts";
import { addressOf, readBook } from "./list-consents.ts";

const Period = z.object({ from: z.iso.date(), to: z.iso.date() });
/** Opening more than this takes longer than a request may. */
const MOST = 5_000;
const COLUMNS = ["address", "channel", "purpose", "wording", "source", "evidence", "given_at", "ended_at", "ended_by"];

/**
 * `GET /consents.csv`: the consents given on these office-local days, both inclusive, for an auditor: whose number,
 * which words, from where, when. A cell that a spreadsheet would take for a formula is quoted. The export is in the audit.
 * Throws BAD_REQUEST when there are too many for one file.
 */
export async function exportConsents({ c, ctx }: StaffRequest): Promise<Response> {
  const { from, to } = readQuery(c, Period);
  const { timeZone } = ctx.tenant.settings.office;
  const startOf = (day: string, days = 0) =>
    Temporal.PlainDate.from(day).add({ days }).toZonedDateTime(timeZone).epochMilliseconds;
  const book = await readBook(ctx, { from: startOf(from), to: startOf(to, 1), limit: MOST + 1 });
  if (book.rows.length > MOST)
    throw new HearbackError("BAD_REQUEST", "That is more than one file holds: ask for fewer days.");
  const lines = book.rows.map((row) => [
    addressOf(book, row) ?? "",
    row.channel,
    row.purpose,
    row.wording,
    row.source,
    book.evidence.get(row.id) ?? "",
    new Date(row.at).toISOString(),
    row.endedAt === null ? "" : new Date(row.endedAt).toISOString(),
    row.endedBy ?? "",
  ]);
  const details = { rows: lines.length, from, to };
  await ctx.db.run(auditEvents(stamp(ctx), [{ action: "consents.exported", entityId: "consents", details }]));
  const csv = stringify([COLUMNS, ...lines], { bom: true, escape_formulas: true, record_delimiter: "windows" });
  c.header("content-type", "text/csv; charset=utf-8");
  c.header("content-disposition", `attachment; filename="consents-${from}-to-${to}.csv"`);
  return c.body(csv);
}
