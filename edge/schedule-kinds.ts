import type { Runner } from "./operations/run-schedules.ts";
import type { ScheduleKind } from "./schedule-settings.ts";
import { orderImport } from "./sources/order-import.ts";
import { orderScrape } from "./sources/order-scrape.ts";

/** What a due slot of each kind of schedule does. */
export const SCHEDULE_RUNNERS: Record<ScheduleKind, Runner> = {
  scrape: { orders: orderScrape },
  import: { orders: orderImport },
};
