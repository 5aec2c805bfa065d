import { sql } from "drizzle-orm";
import { auditEvents } from "../../../db/audit.ts";
import { inList } from "../../../db/bulk.ts";
import { isStoreUnavailable } from "../../../db/connect.ts";
import { inboundMessages } from "../../../db/schema/operations.ts";
import { type Context, stamp } from "../../context.ts";
import { errorFields } from "../../log.ts";
import { TEXT_SOURCES } from "../../text-sources.ts";

/** By what a person is known in a raw message: the whole name, numbers in E.164, mail addresses. */
export type Traces = { name: string; addresses: string[] };

/** A schedule chunk has up to 200 rows. */
const PAGE = 20;
const WORK_FOR_MS = 12_000;

type Kept = { id: string; place: string; sealed: string; at: number };

/**
 * Looks through the raw messages that are kept, and drops each that names the person: whole, because what it held of
 * others has long been stored. Texts are found by their number instead. `after` is `instant.id`; `next` likewise, null
 * at the end.
 */
export async function sweepRaw(
  ctx: Context,
  patientId: string,
  traces: Traces,
  after: string | null,
): Promise<{ next: string | null }> {
  const until = ctx.now() + WORK_FOR_MS;
  const names = wordsOf(traces);
  let [at = "0", id = ""] = (after ?? "0.").split(".");
  while (ctx.now() < until) {
    const rows =
      await ctx.db.all<Kept>(sql`SELECT id, dedupe_key AS place, sealed, received_at AS at FROM ${inboundMessages}
      WHERE sealed <> '' AND received_at >= ${Number(at)} AND (received_at, id) > (${Number(at)}, ${id})
        AND (NOT source ${inList(TEXT_SOURCES)} OR address_key IS NULL OR address_key = '')
      ORDER BY received_at, id LIMIT ${PAGE}`);
    const last = rows.at(-1);
    if (!last) return { next: null };
    const hits: string[] = [];
    for (const row of rows) if (await isAbout(ctx, row, names)) hits.push(row.id);
    if (hits.length > 0) await drop(ctx, patientId, hits);
    [at, id] = [String(last.at), last.id];
  }
  return { next: `${at}.${id}` };
}

/** What cannot be opened can be read by nobody else either. */
async function isAbout(ctx: Context, { id, place, sealed }: Kept, names: string[]): Promise<boolean> {
  try {
    const raw = (await ctx.keys.open({ table: "inbound_messages", row: place }, sealed)).toLowerCase();
    return names.some((name) => raw.includes(name));
  } catch (error) {
    if (isStoreUnavailable(error)) throw error;
    ctx.log.error("message does not open", { inbound: id, ...errorFields(error) });
    return false;
  }
}

/** Lower case: `zebulon quackenbush` and `quackenbush, zebulon`; numbers without their plus, which a form writes as `%2B`. */
function wordsOf({ name, addresses }: Traces): string[] {
  const parts = name
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  const names = parts.length > 1 ? [name.toLowerCase(), parts.join(" "), `${last}, ${first}`, `${last},${first}`] : [];
  const plain = addresses.map((address) => address.toLowerCase().replace(/^\+/, ""));
  // Some letters less, and half of all messages would be about them.
  return [...names, ...plain].filter((word) => word.length >= 6);
}

/** A row of a text stays without its words, as when it is past its time. */
async function drop(ctx: Context, patientId: string, ids: string[]): Promise<void> {
  const event = { action: "person.raw_erased", entityId: patientId, details: { messages: ids.length } };
  const hit = sql`id ${inList(ids)}`;
  await ctx.db.batch([
    ctx.db.run(
      sql`UPDATE ${inboundMessages} SET sealed = '', status = 'processed' WHERE ${hit} AND source ${inList(TEXT_SOURCES)}`,
    ),
    ctx.db.run(sql`DELETE FROM ${inboundMessages} WHERE ${hit} AND NOT source ${inList(TEXT_SOURCES)}`),
    ctx.db.run(auditEvents(stamp(ctx), [event])),
  ]);
}
