import { eq, sql } from "drizzle-orm";
import { Hono } from "hono";
import { imports } from "../../../db/schema/imports.ts";
import type { Context } from "../../context.ts";
import { ENTITIES, ImportChunk, type ImportReply } from "../../contract/imports.ts";
import { type AppEnv, parseJson } from "../../http.ts";
import { wake } from "../../wake.ts";
import { signedRequest } from "../signed-request.ts";
import { applyImports } from "./apply-imports.ts";
import type { ImportCounts } from "./import-row.ts";
import { takeChunk } from "./take-chunk.ts";

/** No more changes than this are applied while the container waits; more by the clock. */
const AT_ONCE = 2_000;

/** `POST /t/:tenant/api/v1/imports`: one chunk of one reading of a source, pushed by the container. */
export const importPushes = new Hono<AppEnv>().post("/", async (c) => {
  const { ctx, body } = await signedRequest(c, "appointments:write");
  const chunk = parseJson(ImportChunk, body);
  const reply = await takeChunk(ctx, chunk, body);
  if (!chunk.end) return c.json(reply);
  if (await isLittle(ctx)) await applyImports(ctx);
  // Also for a repeat: the first answer may have been lost on its way just before this.
  await wake(ctx);
  const [row] = await ctx.db.select({ status: imports.status }).from(imports).where(eq(imports.id, chunk.runId));
  return c.json({ ...reply, import: row?.status ?? reply.import } satisfies ImportReply);
});

/** Of all that waits: a small import is applied after the large one before it. */
async function isLittle(ctx: Context): Promise<boolean> {
  const waiting = await ctx.db
    .select({ counts: imports.counts })
    .from(imports)
    // Spelled out, not bound: SQLite takes the partial index only where it sees its condition.
    .where(sql`status IN ('staged', 'held') AND status = 'staged'`);
  const changes = waiting.flatMap(({ counts }) => {
    const own = JSON.parse(counts) as ImportCounts;
    return ENTITIES.map((entity) => own[entity].staged);
  });
  return changes.reduce((sum, each) => sum + each, 0) <= AT_ONCE;
}
