import type { Context as HonoContext } from "hono";
import { HearbackError } from "../../errors.ts";
import type { AppEnv } from "../../http.ts";

/**
 * Refuses a change that another site's page may have asked this browser to make. Both headers must be there and agree:
 * every browser that staff can use sends them, and none lets a page set them. Throws FORBIDDEN.
 */
export function refuseForeign(c: HonoContext<AppEnv>): void {
  const isOwn = c.req.header("origin") === new URL(c.get("env").PUBLIC_URL).origin;
  if (!isOwn || c.req.header("sec-fetch-site") !== "same-origin") {
    throw new HearbackError("FORBIDDEN", "This form was not sent from Hearback's own page.");
  }
}
