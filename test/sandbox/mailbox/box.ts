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
};

export type HookCall = { id: string; at: number; name: string; headers: Record<string, string>; body: string };

/** What one attempt to mail an address comes to. */
export const MAIL_STEPS = {
  accept: {},
  "accept-then-hang": { answers: "never" },
  "accept-then-reset": { answers: "reset" },
  "accept-then-500": { answers: "failure" },
  hang: { refuses: "hang" },
  reset: { refuses: "reset" },
  throttled: { refuses: "error", httpStatus: 429, type: "TooManyRequestsException" },
  "daily-limit": { refuses: "error", httpStatus: 400, type: "LimitExceededException" },
  rejected: { refuses: "error", httpStatus: 400, type: "MessageRejected" },
  "sending-paused": { refuses: "error", httpStatus: 400, type: "SendingPausedException" },
  "500": { refuses: "error", httpStatus: 500, type: "InternalServiceErrorException" },
} as const satisfies Record<string, MailStep>;

export type MailStepName = keyof typeof MAIL_STEPS;
export type MailStep =
  | { answers?: "never" | "reset" | "failure" }
  | { refuses: "hang" | "reset" }
  | { refuses: "error"; httpStatus: number; type: string };

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
