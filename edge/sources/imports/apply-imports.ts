import { and, asc, eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { imports, stagedRows } from "../../../db/schema/imports.ts";
import { alarms } from "../../../db/schema/operations.ts";
import { raiseAlarmIfChanged } from "../../alarms.ts";
import { type Context, stamp } from "../../context.ts";
import { ENTITIES, type Entity } from "../../contract/imports.ts";
import type { Counts } from "../../procedure.ts";
import { applyProducts, applyPurchases } from "./apply-goods.ts";
import { applyPatients } from "./apply-patients.ts";
import { applyVisits } from "./apply-visits.ts";
import type { ImportCounts, ImportRow } from "./import-row.ts";
import { removeAbsent } from "./remove-absent.ts";
import { CLOCKS_APART_MS, overlaps } from "./scope.ts";
import type { Slice } from "./slice.ts";
import { weighRemovals } from "./weigh-removals.ts";

/** Rows to a batch: each holds the database's one writer for some tenths of a second, and texts wait for it. */
const SLICE = 2_000;

const APPLY: Record<Entity, (slice: Slice) => SQL[]> = {
  patient: applyPatients,
  appointment: applyVisits,
  product: applyProducts,
  purchase: applyPurchases,
};

/**
 * Applies every complete import that waits, oldest reading first. Safe to break off anywhere and to run twice at once:
 * each batch compares what is staged with what the store has, so that what was applied already changes nothing.
 */
export async function applyImports(ctx: Context): Promise<Counts> {
  const counts = { applied: 0, held: 0, superseded: 0 };
  const waiting = await ctx.db
    .select()
    .from(imports)
    // Spelled out, not bound: SQLite takes the partial index only where it sees its condition.
    .where(sql`status IN ('staged', 'held') AND status = 'staged'`)
    .orderBy(asc(imports.snapshotAt));
  for (const row of waiting) counts[await applyImport(ctx, row)] += 1;
  return counts;
}

async function applyImport(ctx: Context, row: ImportRow): Promise<"applied" | "held" | "superseded"> {
  if (await isSuperseded(ctx, row)) {
    await finish(ctx, row, "superseded", []);
    return "superseded";
  }
  const weighed = await weighRemovals(ctx, row);
  // A person who has said yes is not asked again.
  const isHeld = weighed.isTooMuch && row.decidedBy === null;
  for (const entity of ENTITIES) await applyEntity(ctx, row, entity, isHeld);
  if (isHeld) await hold(ctx, row, weighed);
  else {
    await finish(ctx, row, "applied", await removeAbsent(ctx, row));
    await supersedeHeld(ctx, row);
  }
  return isHeld ? "held" : "applied";
}

/** Whether a newer reading of the same was applied: what this one says is no longer news. */
export async function isSuperseded(ctx: Context, row: ImportRow): Promise<boolean> {
  const newer = await ctx.db
    .select({ scope: imports.scope })
    .from(imports)
    .where(
      and(
        eq(imports.source, row.source),
        inArray(imports.status, ["applied", "held"]),
        gt(imports.snapshotAt, row.snapshotAt),
        // Begun after it was read, but for what two clocks may be apart: so that an index tells which to look at.
        gt(imports.startedAt, row.snapshotAt - CLOCKS_APART_MS),
      ),
    );
  return newer.some((other) => overlaps(row, other));
}

async function applyEntity(ctx: Context, row: ImportRow, entity: Entity, isHeld: boolean): Promise<void> {
  const { staged, known, addresses, consents } = (JSON.parse(row.counts) as ImportCounts)[entity];
  if (staged === 0) return;
  const bounds = await ctx.db.all<{ to: string }>(sql`SELECT source_id AS "to" FROM (SELECT source_id,
      row_number() OVER (ORDER BY source_id) AS place, count(*) OVER () AS rows
    FROM ${stagedRows} WHERE import_id = ${row.id} AND entity = ${entity} AND row IS NOT NULL AND reject_reason IS NULL)
    WHERE place % ${SLICE} = 0 OR place = rows ORDER BY source_id`);
  const brings = { known: known > 0, addresses: addresses > 0, consents: consents > 0 };
  const keyId = ctx.keys.currentKeyId;
  let after = "";
  for (const { to } of bounds) {
    const slice = { importId: row.id, source: row.source, entity, after, to, now: ctx.now(), keyId, isHeld, brings };
    const [first, ...rest] = APPLY[entity](slice).map((statement) => ctx.db.run(statement));
    if (first) await ctx.db.batch([first, ...rest]);
    after = to;
  }
}

/** Ends the import, with what only a whole one may do, in one batch; whoever comes second changes nothing. */
async function finish(ctx: Context, row: ImportRow, status: "applied" | "superseded", last: SQL[]): Promise<void> {
  const now = ctx.now();
  const statements = [
    ...last,
    sql`UPDATE ${imports} SET status = ${status}, finished_at = ${now} WHERE id = ${row.id} AND status = 'staged'`,
    auditIfChanged(stamp(ctx), { action: `import.${status}`, entityId: row.id, details: { source: row.source } }),
  ];
  const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
}

async function hold(ctx: Context, row: ImportRow, weighed: { future: number; going: number }): Promise<void> {
  const { future, going } = weighed;
  const alarm = raiseAlarmIfChanged(ctx, "import_held", row.source, { future, going });
  await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${imports} SET status = 'held', counts = json_set(counts, '$.held', json_object('future', ${future},
      'going', ${going})) WHERE id = ${row.id} AND status = 'staged'`),
    ctx.db.run(alarm),
    ctx.db.run(
      auditIfChanged(stamp(ctx), {
        action: "import.held",
        entityId: row.id,
        details: { source: row.source, future, going },
      }),
    ),
  ]);
}

/** A held reading that a newer one has overtaken asks nobody any more. */
async function supersedeHeld(ctx: Context, row: ImportRow): Promise<void> {
  const held = await ctx.db
    .select()
    .from(imports)
    .where(
      sql`status IN ('staged', 'held') AND status = 'held' AND source = ${row.source} AND snapshot_at < ${row.snapshotAt}`,
    );
  for (const other of held.filter((each) => overlaps(row, each))) {
    await ctx.db.batch([
      ctx.db.run(
        sql`UPDATE ${imports} SET status = 'superseded', finished_at = ${ctx.now()} WHERE id = ${other.id} AND status = 'held'`,
      ),
      ctx.db.run(
        auditIfChanged(stamp(ctx), { action: "import.superseded", entityId: other.id, details: { by: row.id } }),
      ),
      ctx.db.run(settleAlarm(ctx, row.source)),
    ]);
  }
}

/** Nobody needs to be told any more, unless another reading of the source is still held. */
export function settleAlarm(ctx: Context, source: string): SQL {
  return sql`UPDATE ${alarms} SET acknowledged_at = ${ctx.now()}, acknowledged_by = ${stamp(ctx).actor}
    WHERE code = 'import_held' AND subject = ${source} AND acknowledged_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM ${imports} WHERE status IN ('staged', 'held') AND status = 'held' AND source = ${source})`;
}
