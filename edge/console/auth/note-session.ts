import type { Context as HonoContext } from "hono";
import { auditEvents } from "../../../db/audit.ts";
import { contextFor, stamp } from "../../context.ts";
import { findTenant } from "../../directory.ts";
import type { AppEnv } from "../../http.ts";
import type { Session } from "./session.ts";

/** Leaves an event with every clinic that this person may enter, so that each clinic's own audit says who came and went. */
export async function noteSession(
  c: HonoContext<AppEnv>,
  session: Session,
  action: "session.started" | "session.ended",
): Promise<void> {
  const env = c.get("env");
  const { email } = session;
  await Promise.all(
    session.memberships.map(async ({ slug, role }) => {
      const opened = await findTenant(env, { slug });
      if (!opened) return;
      const ctx = contextFor(env, opened, { type: "staff", email, role }, c.get("now"), c.get("requestId"));
      await ctx.db.run(auditEvents(stamp(ctx), [{ action, entityId: email }]));
    }),
  );
}
