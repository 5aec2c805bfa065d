import type { ErrorMeaning, ProviderWords, Step } from "./channel.ts";

/** Amazon SES's events by type, and its errors by name; a bounce's name is made of its type (`ses-events.ts`). */
export const sesWords: ProviderWords = {
  stepOf: (status) => STEPS[status] ?? null,
  meaningOf: (errorCode) => MEANINGS[errorCode ?? ""] ?? "other",
  namesPrices: false,
};

/** Opened, clicked, delayed and complained-of say nothing of where the mail is. */
const STEPS: Record<string, Step> = {
  Send: "accepted",
  Delivery: "delivered",
  Bounce: "undelivered",
  Reject: "failed",
  "Rendering Failure": "failed",
};

const MEANINGS: Record<string, ErrorMeaning> = {
  complaint: "opted_out",
  bounce_permanent: "invalid_address",
  bounce_transient: "bounced_for_now",
  // Wrong with the account, its identities or this desk's settings, so with every mail of it.
  http_401: "sender_stopped",
  http_403: "sender_stopped",
  http_404: "sender_stopped",
  AccountSuspendedException: "sender_stopped",
  SendingPausedException: "sender_stopped",
  MailFromDomainNotVerifiedException: "sender_stopped",
  NotFoundException: "sender_stopped",
  identity_not_verified: "sender_stopped",
};
