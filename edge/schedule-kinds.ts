import type { Context } from "./context.ts";
import { processNudges } from "./engagement/process-nudges.ts";
import { purge } from "./operations/retention/purge.ts";
import type { Runner } from "./operations/run-schedules.ts";
import type { Counts } from "./procedure.ts";
import type { ScheduleKind } from "./schedule-settings.ts";
import { orderImport } from "./sources/order-import.ts";
import { orderScrape } from "./sources/order-scrape.ts";

/** What a due slot of each kind of schedule does. */
export const SCHEDULE_RUNNERS: Record<ScheduleKind, Runner> = {
  scrape: { orders: orderScrape },
  import: { orders: orderImport },
  nudges: { runs: { id: "nudges", work: planNudges } },
  retention: { runs: { id: "retention", work: purge } },
};

/** A look that found nothing new is no news. */
async function planNudges(ctx: Context): Promise<Counts> {
  const counts = await processNudges(ctx);
  return counts.planned + counts.skipped + counts.tooLarge > 0 ? counts : {};
}
