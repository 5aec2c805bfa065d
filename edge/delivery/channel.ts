/** Who carries messages. Each has one file that knows its protocol and one that knows its words. */
export type Provider = "twilio" | "infobip" | "ses";

/** What a message travels as; each has providers of its own. */
export type Medium = "sms" | "mail" | "print";

/** One message, ready to leave. Numbers are E.164. */
export type Outgoing = {
  touchId: string;
  attemptId: string;
  /** Our own id for the message: a repeat of a hand-over in doubt carries the same one. */
  messageId: string;
  to: string;
  body: string;
  /** What a mail has besides its text; null for what is no mail. */
  mail: { subject: string; html: string | null; unsubscribeUrl: string } | null;
  /** Seconds after which the carrier must not deliver it any more. */
  validitySeconds: number;
};

/** What a hand-over came to. `unknown` means it may have been taken: it is never simply sent again. */
export type SendResult =
  | { outcome: "accepted"; providerId: string; httpStatus: number }
  | { outcome: "refused"; errorCode: string; httpStatus: number }
  | { outcome: "throttled"; retryAfterSeconds: number; httpStatus: number }
  | { outcome: "unknown"; httpStatus?: number; errorCode: string };

/** What a provider says that it charged for a message: micros of that currency (ISO 4217). */
export type Charge = { micros: number; currency: string };

/** A message as the provider knows it; `status` is the provider's own word, `charge` null while it names none. */
export type Found = { providerId: string; status: string; errorCode: string | null; charge: Charge | null };

/** A message in a provider's list. Where it redacts, words are empty or some other text, and numbers are masked. */
export type Listed = { providerId: string; to: string; body: string; createdAt: number };

/** A provider, with the sender that speaks for one tenant. Only its own file knows its protocol. */
export type Channel = {
  provider: Provider;
  medium: Medium;
  /** Names the sender at the provider: rate and pauses are its own. */
  sender: string;
  send(message: Outgoing): Promise<SendResult>;
  /** What has become of one message; null when the provider does not know it. */
  find(providerId: string): Promise<Found | null>;
} & Settling;

/** How a hand-over in doubt is settled when nothing is reported of it. */
type Settling =
  /** By looking for it, again and again: a repeat would be a second message. */
  | {
      settles: "list";
      /** Messages that were, or may have been, sent to this number since then, newest first. */
      list(to: string, sinceAt: number): Promise<Listed[]>;
    }
  /** By our own message id: the provider finds it by that, and refuses a repeat that bears it. */
  | { settles: "repeat" }
  /** Only by what the provider reports: it neither lists what it took nor refuses a repeat. */
  | { settles: "wait" };

/** What an error of a provider means for the touch, the number, and the sender. */
export type ErrorMeaning =
  | "opted_out"
  | "invalid_phone"
  | "invalid_address"
  | "landline"
  | "unreachable"
  | "handset_off"
  | "bounced_for_now"
  | "filtered"
  | "blocked"
  | "sender_stopped"
  | "other";

/** What a report can say of a message. */
export type Step = "accepted" | "sent" | "delivered" | "undelivered" | "failed";

/** A provider's own words in ours. */
export type ProviderWords = {
  /** Null for words that say nothing new, or that are yet to come. */
  stepOf(status: string): Step | null;
  meaningOf(errorCode: string | null): ErrorMeaning;
  /** Whether it says what each message was charged with; else the estimate stands. */
  namesPrices: boolean;
};
