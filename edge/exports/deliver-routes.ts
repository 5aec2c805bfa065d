import { and, eq, sql } from "drizzle-orm";
import { Hono } from "hono";
import { auditEvents, auditIfChanged } from "../../db/audit.ts";
import { inList } from "../../db/bulk.ts";
import { deliveries, exportFiles, exportParts } from "../../db/schema/exports.ts";
import { jobs } from "../../db/schema/operations.ts";
import { raiseAlarmIfChanged } from "../alarms.ts";
import { type Context, stamp } from "../context.ts";
import { DeliveryStep, PartRequest } from "../contract/exports.ts";
import { HearbackError } from "../errors.ts";
import { type AppEnv, parseJson } from "../http.ts";
import { signedRequest } from "../sources/signed-request.ts";
import { wake } from "../wake.ts";

type Delivery = typeof deliveries.$inferSelect;

/** `/t/:tenant/api/v1/exports…`: the container fetches a file that is to be delivered, and says how far it has come. */
export const deliverRoutes = new Hono<AppEnv>()
  .post("/part", async (c) => {
    const { ctx, body } = await signedRequest(c, "jobs:work");
    const request = parseJson(PartRequest, body);
    const { fileId } = await leased(ctx, request);
    return c.json({ text: await readPart(ctx, fileId, request.part) });
  })
  .post("/step", async (c) => {
    const { ctx, body } = await signedRequest(c, "jobs:work");
    const step = parseJson(DeliveryStep, body);
    return c.json({ status: await takeStep(ctx, await leased(ctx, step), step) });
  });

/** The delivery of the job that the caller holds. Throws CONFLICT for anybody else. */
async function leased(ctx: Context, { jobId, leaseToken }: { jobId: string; leaseToken: string }): Promise<Delivery> {
  const [row] = await ctx.db
    .select({ delivery: deliveries })
    .from(jobs)
    .innerJoin(deliveries, sql`deliveries.id = jobs.arguments ->> '$.deliveryId'`)
    .where(
      and(
        eq(jobs.id, jobId),
        sql`jobs.kind = 'deliver' AND jobs.status = 'leased' AND jobs.lease_token = ${leaseToken}`,
      ),
    );
  if (!row) throw new HearbackError("CONFLICT", "This lease has run out or is another worker's.");
  return row.delivery;
}

async function readPart(ctx: Context, fileId: string, part: number): Promise<string> {
  const [row] = await ctx.db
    .select()
    .from(exportParts)
    .where(and(eq(exportParts.fileId, fileId), eq(exportParts.part, part)));
  if (!row) throw new HearbackError("NOT_FOUND", "The file has no such part, or is not kept any more.");
  await ctx.db.run(auditEvents(stamp(ctx), [{ action: "mailing.read", entityId: fileId, details: { part } }]));
  return ctx.keys.open({ table: "export_parts", row: row.id }, row.sealed);
}

/** What is seen there has to be the file. Throws BAD_REQUEST. */
async function refuseOther(ctx: Context, fileId: string, seen: NonNullable<DeliveryStep["seen"]>): Promise<void> {
  const [file] = await ctx.db.select().from(exportFiles).where(eq(exportFiles.id, fileId));
  const isSame = file?.byteCount === seen.bytes && (seen.sha256 === null || seen.sha256 === file.sha256);
  if (!isSame) throw new HearbackError("BAD_REQUEST", "What is seen there is not the file.");
}

/** From where each step may be taken. Taken again it changes nothing. */
const FROM = {
  begun: [],
  renaming: ["waiting"],
  arrived: ["waiting", "renaming"],
  in_doubt: ["renaming"],
} as const;

async function takeStep(
  ctx: Context,
  { id, fileId }: Delivery,
  { step, seen }: DeliveryStep,
): Promise<Delivery["status"]> {
  if (seen) await refuseOther(ctx, fileId, seen);
  const at = ctx.now();
  const set = {
    status: step === "begun" ? sql`status` : sql`${step}`,
    updatedAt: at,
    ...(step === "arrived" && { arrivedAt: at, remoteBytes: seen?.bytes ?? null, remoteSha256: seen?.sha256 ?? null }),
  };
  const alarm = raiseAlarmIfChanged(ctx, "file_in_doubt", id, {});
  const [, , , [now]] = await ctx.db.batch([
    ctx.db
      .update(deliveries)
      .set(set)
      .where(sql`id = ${id} AND status ${inList(FROM[step])}`),
    ...(step === "in_doubt" ? ([ctx.db.run(alarm)] as const) : ([ctx.db.run(sql`SELECT 1`)] as const)),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: `delivery.${step}`, entityId: id, details: seen ?? {} })),
    ctx.db.select({ status: deliveries.status }).from(deliveries).where(eq(deliveries.id, id)),
  ]);
  // Cancelled, or somebody else's word meanwhile: then nothing of it may get its real name.
  if (!now || (step !== "begun" && now.status !== step)) {
    throw new HearbackError("CONFLICT", `This delivery is ${now?.status ?? "gone"}.`);
  }
  if (step === "arrived") await wake(ctx);
  return now.status;
}
