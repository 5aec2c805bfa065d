/** What the operator's command line asks at `/admin/v1…`, and what it is answered. */
import { z } from "zod";

const INBOX_STATUSES = ["received", "processed", "rejected"] as const;
export const InboxStatus = z.enum(INBOX_STATUSES);

/** Which kept messages to list: the newest first, of the last days. */
export const InboxQuery = z.object({
  tenant: z.string(),
  status: InboxStatus.optional(),
  source: z.string().max(40).optional(),
  days: z.int().min(1).max(400).default(7),
  limit: z.int().min(1).max(1_000).default(50),
});
export type InboxQuery = z.infer<typeof InboxQuery>;

/** A kept message without its content. `error` is a code: why it could not be handled. */
export const InboxEntry = z.object({
  id: z.string(),
  source: z.string(),
  status: InboxStatus,
  receivedAt: z.int(),
  error: z.string().nullable(),
});
export type InboxEntry = z.infer<typeof InboxEntry>;

export const InboxReplay = z.object({ tenant: z.string(), id: z.string() });

/** How a message stood before it was handled again, and how it stands now. */
export const InboxReplayed = InboxEntry.omit({ receivedAt: true }).extend({ before: InboxStatus });
export type InboxReplayed = z.infer<typeof InboxReplayed>;
