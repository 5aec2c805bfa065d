import { newId } from "../../../db/ids.ts";
import type { Context } from "../../context.ts";
import type { AppointmentImportRow } from "../../contract/imports.ts";
import { erasedOwners } from "../../erased.ts";
import { inTurn } from "../../in-turn.ts";
import { keptVisitsFrom } from "../kept-visits.ts";
import type { OfficeBook } from "./office-book.ts";
import type { Parsed, Prepared } from "./stage-rows.ts";

/** A word that can be a status; anything else might be anything, even a person's. */
const STATUS_LIKE = /^\p{L}[\p{L} /()-]{0,39}$/u;

/**
 * What the store keeps of each visit: its instant by the office's clock, and the clinic's status for the source's word.
 * A word that the settings do not know is `unknown`, which is never a reason to write. Cancelled at the source means
 * removed.
 */
export async function prepareVisits(
  ctx: Context,
  source: string,
  rows: Parsed<AppointmentImportRow>[],
  book: OfficeBook,
): Promise<Prepared[]> {
  const words = Object.entries(ctx.tenant.settings.schedule.statuses);
  const statuses = new Map(words.map(([word, status]) => [word.toLowerCase(), status]));
  const keptFrom = keptVisitsFrom(ctx);
  const erased = await erasedOwners(
    ctx,
    source,
    rows.map(({ value }) => value.patientSourceId),
  );
  return inTurn(rows, async ({ value }) => {
    if (erased.has(value.patientSourceId)) return { code: "erased" };
    const officeId = book.officeOf(value.officeSourceId);
    if (!officeId) return { code: "office_unknown", field: "officeSourceId" };
    const startsAt = book.time(value.startsAt, officeId);
    const endsAt = value.endsAt === undefined ? null : book.time(value.endsAt, officeId);
    if (!startsAt) return { code: "time_invalid", field: "startsAt" };
    if (startsAt.at < keptFrom) return { code: "past_retention", field: "startsAt" };
    if (value.endsAt !== undefined && !endsAt) return { code: "time_invalid", field: "endsAt" };
    const status = statuses.get(value.status.toLowerCase()) ?? "unknown";
    const isRemoved = value.isRemoved === true || status === "cancelled";
    return {
      row: {
        id: newId("appointment", ctx.now()),
        dedupeKey: await ctx.keys.blindIndex("appointment", JSON.stringify([source, value.sourceId])),
        patient: value.patientSourceId,
        officeId,
        localOn: startsAt.localOn,
        localStartsAt: startsAt.localStartsAt,
        startsAt: startsAt.at,
        endsAt: endsAt?.at ?? null,
        timeFlag: startsAt.flag,
        provider: value.provider ?? "",
        serviceType: value.name,
        status: isRemoved ? "cancelled" : status,
        sourceStatus: status !== "unknown" || STATUS_LIKE.test(value.status) ? value.status : "(not a status)",
        removed: isRemoved ? 1 : 0,
      },
    };
  });
}
