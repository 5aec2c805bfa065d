import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../db/connect.ts";
import type { LedgerEntry } from "../sandbox/twilio/account.ts";

/** `ok`, or what is wrong, by invariant. */
export type Checked = Record<string, string>;

/** What is left after a fault. The checker reads these and nothing of the product's code. */
export type Evidence = {
  db: Db;
  /** The folder of sqld: its files are searched for what must be sealed. */
  folder: string;
  /** The provider's own record of what it was asked and what it accepted. */
  ledger: readonly LedgerEntry[];
  /** Everything the Worker logged. */
  logs: readonly string[];
  /** Names, numbers and dates that were planted. */
  canaries: readonly string[];
  /** What patients were told is safe: the closed answers of each 2xx, as posted. */
  answers?: readonly Record<string, string>[];
};

/** The standing invariants after a fault: each `ok` or the first thing that contradicts it. */
export async function checkInvariants(evidence: Evidence): Promise<Checked> {
  const [I1, I2, I4, I5, I6] = await Promise.all([
    isAtRest(evidence),
    isAcceptedOnce(evidence),
    isAudited(evidence),
    isSilentAfterStop(evidence),
    isSound(evidence),
  ]);
  const I7 = isPrivate(evidence);
  return { I1, I2, ...(evidence.answers && { I3: await isStored(evidence) }), I4, I5, I6, I7 };
}

/** I1: every touch is in one state, and none is left between claim and outcome. */
async function isAtRest({ db }: Evidence): Promise<string> {
  const rows = await rowsOf(
    db,
    sql`SELECT status, count(*) AS n FROM touches WHERE status IN ('claimed', 'sending', 'unknown')
    OR (status = 'planned' AND due_at <= unixepoch() * 1000) GROUP BY status`,
  );
  return verdict(rows, (row) => `${row.n} touches are left ${row.status}`);
}

/** I2: the provider accepted each touch once; twice only where a reason for the second hand-over is written down. */
async function isAcceptedOnce({ db, ledger }: Evidence): Promise<string> {
  const accepts = new Map<string, string[]>();
  for (const { event, url, sid } of ledger) {
    const touch = /\/status\/(tch_\w+)/.exec(url ?? "")?.[1];
    if (event === "accepted" && touch) accepts.set(touch, [...(accepts.get(touch) ?? []), sid ?? ""]);
  }
  const own = await rowsOf(
    db,
    sql`SELECT id, (SELECT count(*) FROM attempts WHERE touch_id = touches.id
    AND resend_reason = 'not_found_twice') AS again FROM touches`,
  );
  const bound = new Set((await rowsOf(db, sql`SELECT provider_id FROM attempts`)).map((row) => row.provider_id));
  for (const { id, again } of own) {
    const sids = accepts.get(String(id)) ?? [];
    if (sids.length > 1 + Math.min(1, Number(again))) return `${id} was accepted ${sids.length} times`;
    if (sids.length > 0 && !sids.some((sid) => bound.has(sid)))
      return `${id} was accepted and the store does not know it`;
  }
  return "ok";
}

/** I3: what was thanked for is stored once, answer for answer. */
async function isStored({ db, answers = [] }: Evidence): Promise<string> {
  const sorted = (rows: object[]) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
  const rows = await rowsOf(db, sql`SELECT answers FROM responses`);
  const stored = sorted(rows.map((row) => JSON.parse(String(row.answers))));
  const told = sorted([...answers]);
  if (stored.length !== told.length) return `${told.length} answers were thanked for, ${stored.length} are stored`;
  return stored.every((each, index) => each === told[index]) ? "ok" : "an answer differs from what was posted";
}

/** I4: the audit has no gap, every state has its event, and every hand-over was written down before it. */
async function isAudited({ db }: Evidence): Promise<string> {
  const [gap] = await rowsOf(db, sql`SELECT max(seq) - min(seq) + 1 - count(*) AS missing FROM audit`);
  if (Number(gap?.missing ?? 0) !== 0) return `${gap?.missing} audit rows are missing`;
  const silent = await rowsOf(
    db,
    sql`WITH newest AS MATERIALIZED (SELECT entity_id, max(seq) AS seq, action AS last FROM audit
      WHERE action LIKE 'touch.%' GROUP BY entity_id)
    SELECT id, status, last FROM touches LEFT JOIN newest ON entity_id = touches.id
    WHERE status <> 'claimed' AND last IS NOT 'touch.' || status`,
  );
  if (silent[0])
    return `${silent.length} touches such as ${silent[0].id} are ${silent[0].status} and the audit says ${silent[0].last}`;
  const uneven = await rowsOf(
    db,
    sql`WITH said AS MATERIALIZED (SELECT entity_id, count(*) AS n FROM audit WHERE action = 'touch.sending' GROUP BY entity_id)
    SELECT id FROM touches LEFT JOIN said ON entity_id = touches.id
    WHERE (SELECT count(*) FROM attempts WHERE touch_id = touches.id) <> coalesce(n, 0)`,
  );
  return verdict(uneven, (row) => `${row.id} has attempts without an audit event`);
}

/** I5: nothing was handed over to a number after its STOP was stored. */
async function isSilentAfterStop({ db }: Evidence): Promise<string> {
  const rows = await rowsOf(
    db,
    sql`SELECT attempts.id FROM opt_outs JOIN touches ON touches.address_key = opt_outs.address_key
    JOIN attempts ON attempts.touch_id = touches.id WHERE attempts.started_at > opt_outs.at AND opt_outs.ended_at IS NULL
    AND attempts.outcome NOT IN ('refused', 'not_sent')`,
  );
  return verdict(rows, (row) => `${row.id} began after a STOP`);
}

/** I6: the database file is sound. */
async function isSound({ db }: Evidence): Promise<string> {
  const [integrity] = await rowsOf(db, sql`PRAGMA integrity_check`);
  if (integrity?.integrity_check !== "ok") return String(integrity?.integrity_check);
  return verdict(await rowsOf(db, sql`PRAGMA foreign_key_check`), () => "a foreign key leads nowhere");
}

const MOST_CANARIES = 400;

/** I7: nothing planted is in a log, a callback address, or anywhere in the store's files. */
function isPrivate({ logs, ledger, folder, canaries: all }: Evidence): string {
  // Each is looked for in every file: of thousands, some hundreds tell as much.
  const canaries = all.slice(0, MOST_CANARIES);
  const spoken = `${logs.join("\n")}\n${ledger.map(({ url }) => url ?? "").join("\n")}`;
  const leaked = canaries.findIndex((canary) => spoken.includes(canary));
  if (leaked >= 0) return `planted value ${leaked} is in a log or an address`;
  for (const file of filesIn(folder)) {
    const bytes = readFileSync(file);
    const found = canaries.findIndex((canary) => bytes.includes(canary));
    if (found >= 0) return `planted value ${found} is in clear in the store's files`;
  }
  return "ok";
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function rowsOf(db: Db, query: SQL): Promise<Record<string, unknown>[]> {
  return db.all(query);
}

function verdict(wrong: Record<string, unknown>[], say: (row: Record<string, unknown>) => string): string {
  return wrong[0] ? say(wrong[0]) : "ok";
}
