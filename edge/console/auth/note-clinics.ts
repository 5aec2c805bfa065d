import type { Context as HonoContext } from "hono";
import { type AuditEvent, auditEvents } from "../../../db/audit.ts";
import { contextFor, stamp } from "../../context.ts";
import { findTenant } from "../../directory.ts";
import type { AppEnv } from "../../http.ts";
import type { Session } from "./session.ts";

/** Leaves an event of a person's coming and going with every clinic that he or she may enter, in each one's own audit. */
export async function noteWithClinics(
  c: HonoContext<AppEnv>,
  session: Session,
  event: Omit<AuditEvent, "entityId">,
): Promise<void> {
  const env = c.get("env");
  const { email } = session;
  await Promise.all(
    session.memberships.map(async ({ slug, role }) => {
      const opened = await findTenant(env, { slug });
      if (!opened) return;
      const ctx = contextFor(env, opened, { type: "staff", email, role }, c.get("now"), c.get("requestId"));
      await ctx.db.run(auditEvents(stamp(ctx), [{ ...event, entityId: email }]));
    }),
  );
}
