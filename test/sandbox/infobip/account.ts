import { randomUUID } from "node:crypto";
import type { Step } from "./steps.ts";

/** Infobip's statuses as far as the stand-in uses them: group, its name, and id. */
export const STATUSES = {
  PENDING_ACCEPTED: [1, "PENDING", 26],
  PENDING_ENROUTE: [1, "PENDING", 7],
  DELIVERED_TO_OPERATOR: [3, "DELIVERED", 2],
  DELIVERED_TO_HANDSET: [3, "DELIVERED", 5],
  UNDELIVERABLE_NOT_DELIVERED: [2, "UNDELIVERABLE", 9],
  EXPIRED_EXPIRED: [4, "EXPIRED", 15],
  REJECTED_NOT_ENOUGH_CREDITS: [5, "REJECTED", 12],
  REJECTED_DESTINATION: [5, "REJECTED", 14],
  REJECTED_PREFIX_MISSING: [5, "REJECTED", 8],
  REJECTED_FLOODING_FILTER: [5, "REJECTED", 20],
  REJECTED_SYSTEM_ERROR: [5, "REJECTED", 21],
  REJECTED_DUPLICATE_MESSAGE_ID: [5, "REJECTED", 23],
} as const;
export type StatusName = keyof typeof STATUSES;

export type Message = {
  messageId: string;
  bulkId: string;
  sender: string;
  /** E.164 without the plus, as Infobip writes numbers. */
  to: string;
  text: string;
  validitySeconds: number | null;
  status: StatusName;
  error: string;
  sentAt: number;
  doneAt: number;
};

export type LedgerEntry = {
  at: number;
  event: "send" | "accepted" | "refused" | "logs" | "report";
  messageId?: string;
} & {
  to?: string;
  httpStatus?: number;
  status?: string;
  results?: number;
};

/** Where delivery reports go, and how they prove themselves: what Infobip calls a subscription. */
export type Subscription = {
  url: string;
  /** Where texts to the sender are forwarded. */
  inboundUrl?: string;
  username: string;
  password: string;
};

export type Tuning = {
  /** Between acceptance and report. */
  reportLagMs: number;
  reportCopies: number;
  reports: "all" | "none";
  /** How long a message stays out of the logs. */
  logLagMs: number;
  /** Of one part of a message. */
  price: { pricePerMessage: number; currency: string };
};
export const DEFAULT_TUNING: Tuning = {
  ...{ reportLagMs: 0, reportCopies: 1, reports: "all", logLagMs: 0 },
  price: { pricePerMessage: 0.0075, currency: "USD" },
};

export type AccountOptions = {
  apiKey: string;
  /** Hears of every text that arrives on a phone. */
  onText?: (text: { from: string; to: string; body: string }) => void;
  now?: () => number;
};

export type Account = ReturnType<typeof createAccount>;

/** The state behind the stand-in: one Infobip account, its messages by id, and the ledger of all that happened. */
export function createAccount(options: AccountOptions) {
  return {
    apiKey: options.apiKey,
    now: options.now ?? Date.now,
    onText: options.onText ?? (() => {}),
    tuning: { ...DEFAULT_TUNING },
    /** By sender; `*` for all others. */
    subscriptions: new Map<string, Subscription>(),
    messages: new Map<string, Message>(),
    scripts: new Map<string, Step[]>(),
    ledger: [] as LedgerEntry[],
    /** Reports that wait to leave, by sender. */
    waiting: new Map<string, Message[]>(),
  };
}

/** The step for the next message to this number (with plus): scripts are used up one by one, the last of them stays. */
export function nextStep(account: Account, to: string): Step | undefined {
  const steps = account.scripts.get(to) ?? account.scripts.get("*");
  return steps && steps.length > 1 ? steps.shift() : steps?.[0];
}

export function note(account: Account, entry: Omit<LedgerEntry, "at">): void {
  account.ledger.push({ at: account.now(), ...entry });
}

/** The status object as it stands in answers, reports and logs. */
export function statusDocument(name: StatusName) {
  const [groupId, groupName, id] = STATUSES[name];
  return { groupId, groupName, id, name, description: name.toLowerCase().replaceAll("_", " ") };
}

export function newBulkId(): string {
  return randomUUID();
}
