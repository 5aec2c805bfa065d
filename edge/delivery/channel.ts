/** One message, ready to leave. Numbers are E.164. */
export type Outgoing = {
  to: string;
  body: string;
  /** Where the provider reports what becomes of it. */
  statusCallback: string;
  /** Seconds after which the carrier must not deliver it any more. */
  validitySeconds: number;
};

/** What a hand-over came to. `unknown` means it may have been taken: it is never simply sent again. */
export type SendResult =
  | { outcome: "accepted"; providerId: string; httpStatus: number }
  | { outcome: "refused"; errorCode: string; httpStatus: number }
  | { outcome: "throttled"; retryAfterSeconds: number; httpStatus: number }
  | { outcome: "unknown"; httpStatus?: number; errorCode: string };

/** A message as the provider lists it. Where it redacts, words are empty or some other text, and numbers are masked. */
export type Listed = {
  providerId: string;
  to: string;
  body: string;
  status: string;
  errorCode: string | null;
  createdAt: number;
};

/** A provider of one channel. Only its own file knows its protocol. */
export type Channel = {
  provider: string;
  send(message: Outgoing): Promise<SendResult>;
  /** Messages that were, or may have been, sent to this number since then, newest first. */
  list(to: string, sinceAt: number): Promise<Listed[]>;
  /** What has become of one message; null when the provider does not know it. */
  find(providerId: string): Promise<Listed | null>;
};
