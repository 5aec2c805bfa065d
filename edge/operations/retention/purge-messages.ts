import { sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { attempts, touches } from "../../../db/schema/engagement.ts";
import { inboundMessages } from "../../../db/schema/operations.ts";
import { deliveryEvents } from "../../../db/schema/reports.ts";
import { responses, surveys } from "../../../db/schema/surveys.ts";
import { TEXT_SOURCES } from "../../text-sources.ts";
import { OPEN_TOUCH } from "./open-touch.ts";
import { dayOf, type PurgeStep } from "./purge.ts";

const BATCH = 500;

/** What came from outside and what went out: raw messages, texts, answers, hand-overs and their reports. */
export const purgeMessages: PurgeStep[] = [
  {
    kind: "rawMessages",
    counts: "rawMessages",
    batch: (_, before) => ({
      purges: sql`DELETE FROM ${inboundMessages} WHERE id IN (SELECT id FROM ${inboundMessages}
        WHERE sealed <> '' AND received_at < ${before} AND NOT source ${inList(TEXT_SOURCES)}
        ORDER BY received_at LIMIT ${BATCH})`,
    }),
  },
  {
    // The row stays: a carrier's signature bears no time, and a START said twice would undo a STOP in between. One that
    // waits for a person keeps its words until somebody has read them.
    kind: "texts",
    counts: "texts",
    batch: (_, before) => ({
      purges: sql`UPDATE ${inboundMessages} SET sealed = '' WHERE id IN (SELECT id FROM ${inboundMessages}
        WHERE sealed <> '' AND received_at < ${before} AND source ${inList(TEXT_SOURCES)} AND status <> 'received'
        ORDER BY received_at LIMIT ${BATCH})`,
    }),
  },
  {
    kind: "answers",
    counts: "answers",
    batch: (_, before) => ({
      purges: sql`DELETE FROM ${responses} WHERE id IN (SELECT id FROM ${responses}
        WHERE survey_id IN (SELECT DISTINCT id FROM ${surveys}) AND week_on < ${dayOf(before)} LIMIT ${BATCH})`,
    }),
  },
  {
    // The touch itself stays as long as its visit: it is what keeps the same thing from being said again.
    kind: "deliveries",
    counts: "attempts",
    batch: (_, before) => {
      const old = sql`FROM ${attempts} AS old WHERE old.started_at < ${before} AND NOT EXISTS (SELECT 1 FROM ${touches}
        WHERE touches.id = old.touch_id AND touches.status IN ${OPEN_TOUCH}) ORDER BY old.started_at LIMIT ${BATCH}`;
      return {
        first: [sql`UPDATE ${touches} SET address_key = NULL WHERE id IN (SELECT old.touch_id ${old})`],
        purges: sql`DELETE FROM ${attempts} WHERE id IN (SELECT old.id ${old})`,
      };
    },
  },
  {
    kind: "deliveries",
    counts: "reports",
    batch: (_, before) => ({
      purges: sql`DELETE FROM ${deliveryEvents} WHERE id IN (SELECT id FROM ${deliveryEvents} WHERE received_at < ${before}
        ORDER BY received_at LIMIT ${BATCH})`,
    }),
  },
];
