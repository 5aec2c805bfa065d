import type { Context as HonoContext } from "hono";
import * as z from "zod";
import { type Context, contextFor } from "../../context.ts";
import { findTenant } from "../../directory.ts";
import { HearbackError } from "../../errors.ts";
import { type AppEnv, readBody } from "../../http.ts";
import { isSignedBy } from "../../signature.ts";

const MAX_BODY_BYTES = 100_000;

/** What most of the operator's requests say. */
export const OneTenant = z.object({ tenant: z.string() });

/** The clinic that is meant, with the operator as who acts. Throws NOT_FOUND. */
export async function contextOf(c: HonoContext<AppEnv>, slug: string): Promise<Context> {
  const opened = await findTenant(c.get("env"), { slug }, { fresh: true });
  if (!opened) throw new HearbackError("NOT_FOUND", `There is no tenant ${slug}.`);
  return contextFor(c.get("env"), opened, { type: "operator" }, c.get("now"), c.get("requestId"));
}

/** The body, once its signature is checked. Throws UNAUTHENTICATED. */
export async function operatorBody(c: HonoContext<AppEnv>): Promise<string> {
  const body = await readBody(c.req.raw, MAX_BODY_BYTES);
  if (!isSignedBy(c.get("env").OPERATOR_SECRET, body, c.req.header())) {
    throw new HearbackError("UNAUTHENTICATED", "This needs the operator's signature.");
  }
  return body;
}
