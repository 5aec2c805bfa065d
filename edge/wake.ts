import { eq } from "drizzle-orm";
import { tenants } from "../db/schema/directory.ts";
import type { Context } from "./context.ts";
import { errorFields } from "./log.ts";

/**
 * Makes the tenant due now, and says so on the queue. A lost message costs at most the minute until the next tick;
 * a directory that does not answer costs more, so that is an error of the caller's request.
 */
export async function wake(ctx: Context): Promise<void> {
  // The instant, not 0: a run that is just ending sees that it was woken anew, and leaves this as it is.
  await ctx.directory.update(tenants).set({ nextDueAt: ctx.now() }).where(eq(tenants.id, ctx.tenant.id));
  try {
    await ctx.env.WAKE.send({ tenantId: ctx.tenant.id });
  } catch (error) {
    ctx.log.warn("wake-up not queued", errorFields(error));
  }
}
