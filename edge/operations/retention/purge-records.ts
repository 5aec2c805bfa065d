import { type SQL, sql } from "drizzle-orm";
import { deliveries, exportFiles, exportParts } from "../../../db/schema/exports.ts";
import { importChunks, imports, stagedRows } from "../../../db/schema/imports.ts";
import { mediaBuyRecipients, mediaBuys } from "../../../db/schema/nudges.ts";
import { alarms, jobs, runs, snapshots } from "../../../db/schema/operations.ts";
import { changeLog } from "../../../db/schema/people.ts";
import type { PurgeStep } from "./purge.ts";

const BATCH = 500;

/** What the desk wrote down about its own work, and what changed at the sources. */
export const purgeRecords: PurgeStep[] = [
  {
    kind: "changes",
    counts: "changes",
    batch: (_, before) => ({
      purges: sql`DELETE FROM ${changeLog} WHERE id IN (SELECT id FROM ${changeLog} WHERE at < ${before} ORDER BY at LIMIT ${BATCH})`,
    }),
  },
  {
    kind: "mailedAddresses",
    counts: "mailedAddresses",
    batch: (_, before) => ({
      purges: sql`UPDATE ${mediaBuyRecipients} SET address_sealed = NULL, imb = NULL
        WHERE address_sealed IS NOT NULL AND (media_buy_id, patient_id) IN (SELECT sent.media_buy_id, sent.patient_id
          FROM ${mediaBuys} AS buy JOIN ${mediaBuyRecipients} AS sent ON sent.media_buy_id = buy.id
          WHERE buy.created_at < ${before} AND sent.address_sealed IS NOT NULL LIMIT ${BATCH})`,
    }),
  },
  {
    // The file itself is told by its name, size and SHA-256 afterwards. One that may yet have to go again is kept.
    kind: "mailedAddresses",
    counts: "mailedFiles",
    batch: (_, before) => ({
      purges: sql`DELETE FROM ${exportParts} WHERE id IN (SELECT parts.id FROM ${exportFiles} AS old
        JOIN ${exportParts} AS parts ON parts.file_id = old.id WHERE old.created_at < ${before}
          AND NOT EXISTS (SELECT 1 FROM ${deliveries} WHERE file_id = old.id AND status IN ('waiting', 'renaming', 'in_doubt'))
        LIMIT ${BATCH})`,
    }),
  },
  {
    kind: "runs",
    counts: "runs",
    batch: (_, before) => ({
      purges: sql`DELETE FROM ${runs} WHERE id IN (SELECT id FROM ${runs} WHERE started_at < ${before} ORDER BY started_at LIMIT ${BATCH})`,
    }),
  },
  {
    kind: "runs",
    counts: "jobs",
    batch: (_, before) => ({
      purges: sql`DELETE FROM ${jobs} WHERE id IN (SELECT id FROM ${jobs} WHERE created_at < ${before}
        AND status NOT IN ('waiting', 'leased') ORDER BY created_at LIMIT ${BATCH})`,
    }),
  },
  {
    kind: "runs",
    counts: "readings",
    batch: (_, before) => ({
      purges: sql`DELETE FROM ${snapshots} WHERE id IN (SELECT id FROM ${snapshots} AS past
        WHERE finished_at < ${before} AND status <> 'held' AND ${hasNewer(snapshots, sql`finished_at`, before)}
        ORDER BY finished_at LIMIT ${BATCH})`,
    }),
  },
  {
    kind: "runs",
    counts: "imports",
    batch(_, before) {
      const old = sql`SELECT id FROM ${imports} AS past WHERE started_at < ${before}
        AND status NOT IN ('staging', 'staged', 'held') AND ${hasNewer(imports, sql`started_at`, before)}
        ORDER BY started_at LIMIT ${BATCH}`;
      return {
        first: [
          sql`DELETE FROM ${stagedRows} WHERE import_id IN (${old})`,
          sql`DELETE FROM ${importChunks} WHERE import_id IN (${old})`,
        ],
        purges: sql`DELETE FROM ${imports} WHERE id IN (${old})`,
      };
    },
  },
  {
    kind: "runs",
    counts: "alarms",
    batch: (_, before) => ({
      purges: sql`DELETE FROM ${alarms} WHERE id IN (SELECT id FROM ${alarms} WHERE raised_at < ${before}
        AND acknowledged_at IS NOT NULL ORDER BY raised_at LIMIT ${BATCH})`,
    }),
  },
];

/** A source that has been silent for as long keeps what it last said of itself: how old its data are is read from that. */
function hasNewer(table: typeof snapshots | typeof imports, at: SQL, before: number): SQL {
  return sql`EXISTS (SELECT 1 FROM ${table} AS newer WHERE newer.source = past.source AND newer.${at} >= ${before}
    AND newer.status IN ('applied', 'released'))`;
}
