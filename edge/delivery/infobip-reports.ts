import { Buffer } from "node:buffer";
import { and, eq, sql } from "drizzle-orm";
import { Hono } from "hono";
import { z } from "zod";
import { inList } from "../../db/bulk.ts";
import { newId } from "../../db/ids.ts";
import { attempts } from "../../db/schema/engagement.ts";
import { inboundMessages } from "../../db/schema/operations.ts";
import { type Context, contextFor } from "../context.ts";
import { equalInConstantTime } from "../crypto.ts";
import { findTenant } from "../directory.ts";
import type { Env } from "../env.ts";
import { HearbackError } from "../errors.ts";
import { type AppEnv, parseJson, readBody } from "../http.ts";
import { errorOf } from "./infobip.ts";
import { recordReport } from "./record-report.ts";

const SOURCE = "infobip";
const MAX_BODY_BYTES = 1_000_000;
/** Infobip's own limit for one post. */
const MAX_RESULTS = 100;
/** A few at once: the store's answers are waited for, not its work. */
const AT_ONCE = 4;

const Post = z.object({ results: z.array(z.unknown()) });
/** Infobip's dates (`2026-11-21T10:00:00.000+0000`) say when it happened; what counts here is the order of states. */
const Result = z.object({
  messageId: z.string().min(1).max(200),
  status: z.object({ groupId: z.int(), name: z.string().min(1).max(100) }),
  error: z.object({ name: z.string().max(100) }).nullish(),
});
type Result = z.infer<typeof Result>;

/**
 * `POST /t/:tenant/infobip/reports`: what became of texts, up to 100 in one post. The password comes before everything
 * else; the raw post is kept sealed before anything is made of it. One result that cannot be read does not drop the
 * others, and the same post again changes nothing. Answered once all is stored.
 */
export const infobipReports = new Hono<AppEnv>().post("/reports", async (c) => {
  const env = c.get("env");
  await refuseForgeries(env, c.req.header("authorization") ?? "");
  if (!(c.req.header("content-type") ?? "").startsWith("application/json")) {
    throw new HearbackError("UNSUPPORTED_TYPE", "Expected JSON.");
  }
  const raw = await readBody(c.req.raw, MAX_BODY_BYTES);
  const { results } = parseJson(Post, raw);
  if (results.length > MAX_RESULTS) {
    throw new HearbackError("TOO_LARGE", `${results.length} results in one post; at most ${MAX_RESULTS} are taken.`);
  }
  const opened = await findTenant(env, { slug: c.req.param("tenant") ?? "" });
  if (!opened) throw new HearbackError("NOT_FOUND", "There is no such tenant.");
  const ctx = contextFor(env, opened, { type: "webhook", source: SOURCE }, c.get("now"), c.get("requestId"));
  await take(ctx, await keep(ctx, raw), results);
  return c.body(null, 204);
});

/** Handles a kept post again: what was recorded stays as it is. */
export async function replayReports(ctx: Context, { key, raw }: { key: string; raw: string }): Promise<void> {
  await take(ctx, key, parseJson(Post, raw).results);
}

async function take(ctx: Context, key: string, results: unknown[]): Promise<void> {
  const read = results.flatMap((result) => Result.safeParse(result).data ?? []);
  const outcomes = await recordAll(ctx, read);
  const unread = results.length - read.length;
  await settle(ctx, key, unread);
  ctx.log.info("delivery reports", { results: results.length, unread, ...outcomes });
}

async function refuseForgeries(env: Env, authorization: string): Promise<void> {
  const secret = env.INFOBIP_REPORTS_SECRET;
  if (!secret) throw new HearbackError("NOT_FOUND", "Infobip is not set up here.");
  const expected = `Basic ${Buffer.from(`hearback:${secret}`).toString("base64")}`;
  if (!(await equalInConstantTime(expected, authorization))) {
    throw new HearbackError("UNAUTHENTICATED", "The user or the password is wrong.");
  }
}

/** The raw post, by its keyed hash: a repeat is the same row. */
async function keep(ctx: Context, raw: string): Promise<string> {
  const key = await ctx.keys.blindIndex("inbound", raw);
  const sealed = await ctx.keys.seal({ table: "inbound_messages", row: key }, raw);
  await ctx.db
    .insert(inboundMessages)
    .values({
      id: newId("inbound", ctx.now()),
      source: SOURCE,
      dedupeKey: key,
      bodyKey: key,
      sealed,
      status: "received",
      receivedAt: ctx.now(),
    })
    .onConflictDoNothing();
  return key;
}

async function settle(ctx: Context, key: string, unread: number): Promise<void> {
  await ctx.db
    .update(inboundMessages)
    .set({
      status: unread > 0 ? "rejected" : "processed",
      error: unread > 0 ? `${unread} results not as expected` : null,
    })
    .where(and(eq(inboundMessages.source, SOURCE), eq(inboundMessages.dedupeKey, key)));
}

/** Reports of one message one after the other, in the order in which they came. */
async function recordAll(ctx: Context, results: Result[]): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  if (results.length === 0) return outcomes;
  const groups = [...Map.groupBy(results, ({ messageId }) => messageId).values()];
  const known = await findAttempts(ctx, results);
  const line = async () => {
    for (let group = groups.shift(); group; group = groups.shift()) {
      for (const result of group) {
        const outcome = await record(ctx, known.get(result.messageId), result);
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
  return outcomes;
}

type Known = { id: string; touchId: string; messageId: string };

/** The attempts by our message id: the one that is bound to it, else the one that bears it. */
async function findAttempts(ctx: Context, results: Result[]): Promise<Map<string, Known>> {
  const ids = results.map(({ messageId }) => messageId);
  const rows = await ctx.db.all<Known>(sql`SELECT id, touch_id AS touchId, coalesce(provider_id, id) AS messageId
    FROM ${attempts} WHERE provider = ${SOURCE} AND (provider_id ${inList(ids)} OR (id ${inList(ids)} AND provider_id IS NULL))
    ORDER BY provider_id IS NOT NULL`);
  return new Map(rows.map((row) => [row.messageId, row]));
}

function record(ctx: Context, attempt: Known | undefined, result: Result) {
  return recordReport(ctx, {
    provider: SOURCE,
    touchId: attempt?.touchId ?? "",
    attemptId: attempt?.id ?? null,
    providerId: result.messageId,
    status: result.status.name,
    errorCode: errorOf(result),
  });
}
