import { sql } from "drizzle-orm";
import { Hono } from "hono";
import * as z from "zod";
import { inList } from "../../db/bulk.ts";
import { attempts } from "../../db/schema/engagement.ts";
import type { Context } from "../context.ts";
import { HearbackError } from "../errors.ts";
import { type AppEnv, parseJson } from "../http.ts";
import { charged, chargeOf, errorOf, REPLY_PREFIX } from "./infobip.ts";
import { type KeptPost, keepPost, passwordPost, settlePost } from "./password-post.ts";
import { recordReport } from "./record-report.ts";

const SOURCE = "infobip";
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
  ...charged,
});
type Result = z.infer<typeof Result>;

/**
 * `POST /t/:tenant/infobip/reports`: what became of texts, up to 100 in one post. The password comes before everything
 * else; the raw post is kept sealed before anything is made of it. One result that cannot be read does not drop the
 * others, and the same post again changes nothing. Answered once all is stored.
 */
export const infobipReports = new Hono<AppEnv>().post("/reports", async (c) => {
  const { ctx, raw } = await passwordPost(c, { source: SOURCE, secret: c.get("env").INFOBIP_REPORTS_SECRET });
  const { results } = parseJson(Post, raw);
  if (results.length > MAX_RESULTS) {
    throw new HearbackError("TOO_LARGE", `${results.length} results in one post; at most ${MAX_RESULTS} are taken.`);
  }
  await handleReports(ctx, await keepPost(ctx, SOURCE, raw));
  return c.body(null, 204);
});

/** Records what a kept post says. Handled again, what was recorded stays as it is. */
export async function handleReports(ctx: Context, { key, raw }: KeptPost): Promise<void> {
  const { results } = parseJson(Post, raw);
  const read = results.flatMap((result) => Result.safeParse(result).data ?? []);
  // What becomes of an answer to a patient's text is nobody's touch.
  const ours = read.filter(({ messageId }) => !messageId.startsWith(REPLY_PREFIX));
  const outcomes = await recordAll(ctx, ours);
  const unread = results.length - read.length;
  await settlePost(ctx, SOURCE, key, unread > 0 ? `${unread} results not as expected` : null);
  ctx.log.info("delivery reports", { results: results.length, unread, ...outcomes });
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
    charge: chargeOf(result),
  });
}
