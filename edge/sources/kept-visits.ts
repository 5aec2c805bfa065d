import type { Context } from "../context.ts";

/**
 * The instant (epoch ms) before which the clinic keeps no visits and purchases. A source that shows an older one is not
 * heard: it was purged with the message about it, and as a new row it would give a reason to say that again.
 */
export function keptVisitsFrom({ tenant, now }: Context): number {
  return now() - tenant.settings.retention.visits * 86_400_000;
}
