import { randomUUID } from "node:crypto";

export type Mail = {
  id: string;
  at: number;
  from: string;
  to: string[];
  cc: string[];
  bcc: string[];
  replyTo: string[];
  subject: string;
  text: string | null;
  html: string | null;
  /** Extra headers such as List-Unsubscribe. */
  headers: { name: string; value: string }[];
  /** Come back in every event of the mail. */
  tags: Record<string, string>;
};

/** What becomes of a mail that was taken, as SES tells it. */
export type MailEnd =
  | "delivered"
  | "auto-replied"
  | "bounces-for-good"
  | "bounces-for-now"
  | "bounces-by-content"
  | "complained-of"
  | "rejected-as-virus";

/** Where events go, and how they prove themselves: a subscription of SNS with a password in its address. */
export type EventSubscription = { url: string; username: string; password: string };

export type HookCall = { id: string; at: number; name: string; headers: Record<string, string>; body: string };

/** What one attempt to mail an address comes to. */
export const MAIL_STEPS = {
  accept: {},
  "bounces-for-good": { ends: "bounces-for-good" },
  "bounces-for-now": { ends: "bounces-for-now" },
  "bounces-by-content": { ends: "bounces-by-content" },
  "auto-replied": { ends: "auto-replied" },
  "complained-of": { ends: "complained-of" },
  "rejected-as-virus": { ends: "rejected-as-virus" },
  "accept-then-hang": { answers: "never" },
  "accept-then-reset": { answers: "reset" },
  "accept-then-500": { answers: "failure" },
  hang: { refuses: "hang" },
  reset: { refuses: "reset" },
  throttled: { refuses: "error", httpStatus: 429, type: "TooManyRequestsException" },
  "daily-limit": { refuses: "error", httpStatus: 400, type: "LimitExceededException" },
  rejected: { refuses: "error", httpStatus: 400, type: "MessageRejected" },
  "not-verified": {
    refuses: "error",
    httpStatus: 400,
    type: "MessageRejected",
    message: "Email address is not verified.",
  },
  "sending-paused": { refuses: "error", httpStatus: 400, type: "SendingPausedException" },
  "500": { refuses: "error", httpStatus: 500, type: "InternalServiceErrorException" },
} as const satisfies Record<string, MailStep>;

export type MailStepName = keyof typeof MAIL_STEPS;
export type MailStep =
  | { answers?: "never" | "reset" | "failure"; ends?: MailEnd }
  | { refuses: "hang" | "reset" }
  | { refuses: "error"; httpStatus: number; type: string; message?: string };

export type Tuning = {
  /** Between a mail and what is told of it. */
  eventLagMs: number;
  eventCopies: number;
  events: "all" | "none";
};
export const DEFAULT_TUNING: Tuning = { eventLagMs: 0, eventCopies: 1, events: "all" };

export type Box = ReturnType<typeof createBox>;

/** All that arrived by mail and by webhook, newest last, and what is to go wrong next. */
export function createBox(now: () => number) {
  const listeners = new Set<() => void>();
  const mails: Mail[] = [];
  const hookCalls: HookCall[] = [];
  return {
    now,
    mails,
    hookCalls,
    listeners,
    tuning: { ...DEFAULT_TUNING },
    subscription: null as EventSubscription | null,
    mailScripts: new Map<string, MailStepName[]>(),
    hookScripts: new Map<string, number[]>(),
    addMail(mail: Omit<Mail, "id" | "at">): Mail {
      const kept = { ...mail, id: `0100${now().toString(16).padStart(12, "0")}-${randomUUID()}-000000`, at: now() };
      mails.push(kept);
      for (const listener of listeners) listener();
      return kept;
    },
    addHookCall(call: Omit<HookCall, "id" | "at">): void {
      hookCalls.push({ ...call, id: randomUUID(), at: now() });
      for (const listener of listeners) listener();
    },
  };
}

/** The next of a list of scripted steps: each is used once, the last stays. */
export function nextOf<T>(steps: T[] | undefined): T | undefined {
  return steps && steps.length > 1 ? steps.shift() : steps?.[0];
}
