/** What the operator's command line asks at `/admin/v1…`, and what it is answered. */
import * as z from "zod";

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

/** A stored wording by its name, or a text as somebody would write it; `count` is to how many it would go. */
export const MessageQuery = z
  .object({
    tenant: z.string(),
    template: z.string().max(60).optional(),
    text: z.string().trim().min(1).max(2_000).optional(),
    locale: z
      .string()
      .regex(/^[a-z]{2}$/, "expected a language, such as en")
      .optional(),
    count: z.int().min(1).max(100_000_000).default(1),
  })
  .refine(({ template, text }) => (template === undefined) !== (text === undefined), {
    error: "expected either a template or a text",
    path: ["template"],
  });
export type MessageQuery = z.infer<typeof MessageQuery>;

/** What an invented patient would get in one language, and what keeps it from being sent. */
export const MessageSample = z.object({
  locale: z.string(),
  channel: z.enum(["sms", "mail", "print"]),
  /** Of a stored wording. */
  version: z.int().nullable(),
  subject: z.string().nullable(),
  body: z.string(),
  problems: z.array(z.object({ field: z.string(), code: z.string(), found: z.string(), advice: z.string() })),
  /** Of texts only. */
  sms: z
    .object({
      segments: z.int(),
      encoding: z.enum(["GSM-7", "UCS-2"]),
      /** The letters that force UCS-2, with their code points: a curly quote looks much like a straight one. */
      culprits: z.array(z.object({ letter: z.string(), codePoint: z.string() })),
      price: z.number(),
      priceOfAll: z.number(),
    })
    .nullable(),
});
export type MessageSample = z.infer<typeof MessageSample>;

export const MessagePreview = z.object({ count: z.int(), currency: z.string(), samples: z.array(MessageSample) });
export type MessagePreview = z.infer<typeof MessagePreview>;
