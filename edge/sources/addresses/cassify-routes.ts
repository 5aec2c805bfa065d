import { sql } from "drizzle-orm";
import { Hono } from "hono";
import type * as z from "zod";
import { auditEvents } from "../../../db/audit.ts";
import { addresses } from "../../../db/schema/imports.ts";
import { jobs } from "../../../db/schema/operations.ts";
import { type Context, stamp } from "../../context.ts";
import { type AddressPage, AddressPageRequest, MAX_ADDRESS_ROWS, StandardisedPush } from "../../contract/addresses.ts";
import { HearbackError } from "../../errors.ts";
import { type AppEnv, parseJson } from "../../http.ts";
import { signedRequest } from "../signed-request.ts";
import { applyStandardised } from "./apply-standardised.ts";
import { openAddress } from "./standardise-addresses.ts";

/** `/t/:tenant/api/v1/addresses…`: the container fetches what is to be validated, and brings the answers. */
export const cassifyRoutes = new Hono<AppEnv>()
  .post("/page", async (c) => {
    const { ctx, body } = await signedRequest(c, "jobs:work");
    const request = parseJson(AddressPageRequest, body);
    await checkLease(ctx, request);
    return c.json(await readPage(ctx, request));
  })
  .post("/standardised", async (c) => {
    const { ctx, body } = await signedRequest(c, "jobs:work");
    const push = parseJson(StandardisedPush, body);
    await checkLease(ctx, push);
    return c.json(await applyStandardised(ctx, push));
  });

/** Only who holds the job's lease sees an address. Throws CONFLICT for anybody else. */
async function checkLease(ctx: Context, { jobId, leaseToken }: { jobId: string; leaseToken: string }): Promise<void> {
  const [job] = await ctx.db.all(sql`SELECT 1 FROM ${jobs} WHERE id = ${jobId} AND kind = 'cassify'
    AND status = 'leased' AND lease_token = ${leaseToken}`);
  if (!job) throw new HearbackError("CONFLICT", "This lease has run out or is another worker's.");
}

type Row = { patientId: string; sealed: string; inputKey: string };

async function readPage(
  ctx: Context,
  { jobId, after }: z.infer<typeof AddressPageRequest>,
): Promise<z.infer<typeof AddressPage>> {
  const place = { table: "address_pages", row: jobId };
  const last = after ? await ctx.keys.open(place, after) : "";
  const found = await ctx.db.all<Row>(sql`SELECT patient_id AS patientId, sealed, input_key AS inputKey
    FROM ${addresses} WHERE standard_source = 'local' AND standard_input_key IS input_key AND patient_id > ${last}
    ORDER BY patient_id LIMIT ${MAX_ADDRESS_ROWS}`);
  const rows = (await Promise.all(found.map((row) => asFileRow(ctx, jobId, row)))).flatMap((row) => row ?? []);
  const details = { job: jobId, rows: rows.length, ids: found.map(({ patientId }) => patientId) };
  await ctx.db.run(auditEvents(stamp(ctx), [{ action: "addresses.read", entityId: jobId, details }]));
  const end = found.at(-1);
  const isMore = end && found.length === MAX_ADDRESS_ROWS;
  return { rows, ...(isMore && { next: await ctx.keys.seal(place, end.patientId) }) };
}

/** The key is sealed for this job: it means nothing to anybody else, and says when the address has changed since. */
async function asFileRow(ctx: Context, jobId: string, { patientId, sealed, inputKey }: Row) {
  const address = await openAddress(ctx, patientId, sealed);
  if (!address) return null;
  const { line1, line2 = "", city, state, zip } = address;
  const row_key = await ctx.keys.seal({ table: "address_keys", row: jobId }, JSON.stringify([patientId, inputKey]));
  return { row_key, addr1: line1, addr2: line2, city, state, zip };
}
