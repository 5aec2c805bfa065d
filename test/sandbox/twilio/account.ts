import { randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import type { Step } from "./steps.ts";

export type Status =
  | "accepted"
  | "scheduled"
  | "queued"
  | "sending"
  | "sent"
  | "delivered"
  | "undelivered"
  | "failed"
  | "canceled"
  | "received";

export type Message = {
  sid: string;
  direction: "outbound-api" | "outbound-reply" | "inbound";
  to: string;
  from: string;
  serviceSid: string | null;
  body: string;
  status: Status;
  errorCode: number | null;
  createdAt: number;
  updatedAt: number;
  sentAt: number | null;
  /** Only of a scheduled message. */
  sendAt: number | null;
  statusCallback: string | null;
};

/** A number patients see, with the messaging service it belongs to and the product's webhook for what they text back. */
export type Sender = { number: string; name: string; serviceSid?: string; inboundUrl?: string };

export type LedgerEntry = { at: number; event: string } & Partial<
  Pick<Message, "sid" | "to" | "from" | "body" | "status" | "errorCode">
> & { httpStatus?: number; code?: number; url?: string };

export type Tuning = {
  /** Before every answer, on top of a step's own delay. */
  providerDelayMs: number;
  /** How long a new message stays out of the list. */
  listLagMs: number;
  /** Message redaction: what the REST API shows instead of a message's words; null shows the words. */
  redactedBody: string | null;
  /** Number redaction: the last four digits of a patient's number are masked, and a search by number finds nothing. */
  redactsNumbers: boolean;
  /** Between two statuses of a message. */
  statusStepMs: number;
  /** Between a status and the callback that tells of it. */
  callbackLagMs: number;
  callbackOrder: "in-order" | "reversed" | "shuffled";
  callbackCopies: number;
  callbacks: "all" | "none";
  /** Whether a text to a blocked number is refused at once or fails after it was accepted; Twilio does both. */
  optOutSeen: "at-create" | "at-send";
  /** What a segment costs, in which currency, and how long after it was sent that is told. */
  pricePerSegment: number;
  priceUnit: string;
  priceLagMs: number;
};

export const DEFAULT_TUNING: Tuning = {
  providerDelayMs: 0,
  listLagMs: 0,
  redactedBody: null,
  redactsNumbers: false,
  statusStepMs: 20,
  callbackLagMs: 0,
  callbackOrder: "in-order",
  callbackCopies: 1,
  callbacks: "all",
  optOutSeen: "at-create",
  pricePerSegment: 0.0083,
  priceUnit: "USD",
  priceLagMs: 0,
};

export type Account = ReturnType<typeof createAccount>;

/** The state behind the stand-in: one Twilio account, its senders, its messages and the ledger of all that happened. */
export function createAccount(options: AccountOptions) {
  const now = options.now ?? Date.now;
  const ledger: LedgerEntry[] = [];
  return {
    accountSid: options.accountSid,
    authToken: options.authToken,
    random: options.random ?? Math.random,
    now,
    tuning: { ...DEFAULT_TUNING, ...options.tuning },
    senders: [...(options.senders ?? [])],
    phoneNames: { ...options.phoneNames },
    /** Oldest first. */
    messages: new Map<string, Message>(),
    byPhone: new Map<string, Message[]>(),
    scripts: new Map<string, Step[]>(),
    /** `phone sender` pairs the carrier refuses since a STOP. */
    blocks: new Set<string>(),
    acceptListeners: new Set<(message: Message) => void | Promise<void>>(),
    changeListeners: new Set<(phone: string) => void>(),
    ledger,
    note(entry: Omit<LedgerEntry, "at">) {
      const line = { at: now(), ...entry };
      ledger.push(line as LedgerEntry);
      if (options.ledgerFile) appendFileSync(options.ledgerFile, `${JSON.stringify(line)}\n`);
    },
  };
}

export type AccountOptions = {
  accountSid: string;
  authToken: string;
  senders?: Sender[];
  /** Invented owners of numbers, shown on the phone pages. */
  phoneNames?: Record<string, string>;
  tuning?: Partial<Tuning>;
  /** Each ledger entry is also appended here as a JSON line. */
  ledgerFile?: string;
  now?: () => number;
  random?: () => number;
};

export type NewMessage = Pick<Message, "direction" | "to" | "from" | "serviceSid" | "body" | "status"> &
  Partial<Pick<Message, "sendAt" | "statusCallback">>;

/** Keeps a message under a new SID and tells the open phone pages. */
export function addMessage(account: Account, fresh: NewMessage): Message {
  const at = account.now();
  const sid = `SM${randomBytes(16).toString("hex")}`;
  const blank = { errorCode: null, sentAt: null, sendAt: null, statusCallback: null };
  const message: Message = { ...blank, ...fresh, sid, createdAt: at, updatedAt: at };
  account.messages.set(sid, message);
  const ofPhone = account.byPhone.get(phoneOf(message));
  if (ofPhone) ofPhone.push(message);
  else account.byPhone.set(phoneOf(message), [message]);
  announce(account, message);
  return message;
}

/** Moves a message on and notes it. */
export function setStatus(account: Account, message: Message, status: Status, errorCode: number | null = null): void {
  Object.assign(message, { status, errorCode, updatedAt: account.now() });
  if (status === "sent" || (status === "delivered" && message.sentAt === null)) message.sentAt = account.now();
  account.note({ event: "status", sid: message.sid, to: message.to, status, errorCode });
  announce(account, message);
}

/** The patient's side of a message. */
function phoneOf(message: Message): string {
  return message.direction === "inbound" ? message.from : message.to;
}

/** The sender of a messaging service or number; one nobody registered gets an invented number. */
export function senderFor(account: Account, key: { serviceSid?: string; number?: string }): Sender {
  const known = account.senders.find(
    (sender) =>
      (key.serviceSid && sender.serviceSid === key.serviceSid) || (key.number && sender.number === key.number),
  );
  if (known) return known;
  const number = key.number ?? `+1202555${String(9000 + account.senders.length)}`;
  const sender: Sender = { number, name: number, ...(key.serviceSid ? { serviceSid: key.serviceSid } : {}) };
  account.senders.push(sender);
  return sender;
}

/** The key of a carrier block: a STOP to one number of a messaging service holds for the whole service. */
export function blockKey(phone: string, sender: Sender): string {
  return `${phone} ${sender.serviceSid ?? sender.number}`;
}

/** The step for the next attempt: scripts are used up one by one, the last of them stays. */
export function nextStep(account: Account, to: string): Step | undefined {
  const steps = account.scripts.get(to) ?? account.scripts.get("*");
  return steps && steps.length > 1 ? steps.shift() : steps?.[0];
}

function announce(account: Account, message: Message): void {
  for (const listener of account.changeListeners) listener(phoneOf(message));
}
