import type { AuditStamp } from "../db/audit.ts";
import type { Db } from "../db/connect.ts";
import { uuidv7 } from "../db/ids.ts";
import type { Clock } from "./clock.ts";
import { directoryOf, type Opened, type Tenant } from "./directory.ts";
import type { Env } from "./env.ts";
import type { TenantKeys } from "./keys.ts";
import { createLog, type Log } from "./log.ts";

/** Who does it. Goes into every audit row. */
export type Actor =
  | { type: "system"; job: string }
  | { type: "machine"; keyId: string }
  | { type: "webhook"; source: string }
  | { type: "patient" }
  | { type: "operator" }
  | { type: "staff"; email: string; role: string };

/** All that a verb may use: one tenant's store and keys, who acts, what time it is. Nothing reaches another tenant. */
export type Context = {
  env: Env;
  tenant: Tenant;
  keys: TenantKeys;
  actor: Actor;
  db: Db;
  directory: Db;
  now: Clock;
  log: Log;
  requestId: string;
};

/** A context for one request or one job. */
export function contextFor(
  env: Env,
  opened: Opened,
  actor: Actor,
  now: Clock,
  requestId: string = uuidv7(now()),
): Context {
  const { tenant, keys, db } = opened;
  return {
    env,
    tenant,
    keys,
    actor,
    db,
    // Made when first asked for: most requests never do.
    get directory() {
      return directoryOf(env);
    },
    now,
    log: createLog({ tenant: tenant.slug, request_id: requestId }),
    requestId,
  };
}

/** The stamp of an audit row: when, who, in which request. */
export function stamp(ctx: Context): AuditStamp {
  return { at: ctx.now(), actor: actorName(ctx.actor), requestId: ctx.requestId };
}

function actorName(actor: Actor): string {
  switch (actor.type) {
    case "system":
      return `system:${actor.job}`;
    case "machine":
      return `machine:${actor.keyId}`;
    case "webhook":
      return `webhook:${actor.source}`;
    case "staff":
      return `staff:${actor.email}`;
    default:
      return actor.type;
  }
}
