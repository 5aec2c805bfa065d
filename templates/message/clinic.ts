import type { TenantSettings } from "../../edge/tenant-settings.ts";
import type { MessageFacts } from "./facts.ts";

/** What a clinic says of itself in its messages; null for what it has not set. */
export function clinicFacts({ messages, theme }: TenantSettings): MessageFacts["clinic"] {
  return {
    name: messages.senderName,
    phone: theme.phoneToCall || null,
    site: messages.site ?? null,
    postalAddress: messages.postalAddress ?? null,
  };
}
