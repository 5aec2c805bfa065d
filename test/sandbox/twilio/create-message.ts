import type { HttpBindings } from "@hono/node-server";
import { parsePhoneNumberFromString } from "libphonenumber-js";
import type { Later } from "../later.ts";
import { drip, hang, resetConnection } from "../misbehave.ts";
import { type Account, addMessage, blockKey, type Message, nextStep, senderFor, setStatus } from "./account.ts";
import { deliver } from "./deliver.ts";
import { Step } from "./steps.ts";
import { errorDocument, messageDocument } from "./wire.ts";

const SCHEDULE_MIN_MS = 900_000;
const SCHEDULE_MAX_MS = 3_024_000_000;
const DELIVERED = Step.parse({ does: "accept" });

type Form = Record<string, string | undefined>;

/** `POST …/Messages.json`: validates as Twilio does, then follows the script of the number. */
export async function createMessage(account: Account, later: Later, form: Form, node: HttpBindings): Promise<Response> {
  const to = e164(form.To);
  account.note({ event: "create", to: to ?? form.To ?? "", body: form.Body ?? "" });
  const code = invalid(account, form, to);
  if (code !== null || to === null) return refuse(account, to, 400, code ?? 21211);

  const step = nextStep(account, to) ?? DELIVERED;
  if (step.does !== "accept") return pause(account, step).then(() => turnAway(account, to, step, node));
  const message = accept(account, form, to);
  const document = JSON.stringify(messageDocument(account, message, true));
  for (const listener of account.acceptListeners) await listener(message);
  if (message.status === "scheduled") releaseLater(account, later, message, step);
  else deliver(account, later, message, step);

  await pause(account, step);
  if (step.answers === "never") return hang();
  if (step.answers === "reset") return resetConnection(node);
  if (step.answers === "failure") return json(step.failStatus, JSON.stringify(errorDocument(step.failStatus)));
  if (step.answers === "drip") return drip(node, { status: 201, body: document }, step.dripEveryMs);
  return json(201, document);
}

function turnAway(account: Account, to: string, step: Exclude<Step, { does: "accept" }>, node: HttpBindings) {
  if (step.does === "hang") return hang();
  if (step.does === "reset") return resetConnection(node);
  return refuse(account, to, step.httpStatus, step.code, step.retryAfterSeconds);
}

/** Sends what is scheduled for now or earlier; with `all`, every scheduled message. */
export function releaseScheduled(account: Account, later: Later, options: { all: boolean }): void {
  for (const message of account.messages.values()) {
    if (options.all || (message.sendAt ?? Number.POSITIVE_INFINITY) <= account.now()) release(account, later, message);
  }
}

function release(account: Account, later: Later, message: Message, step = DELIVERED): void {
  if (message.status !== "scheduled" || step.does !== "accept") return;
  setStatus(account, message, "accepted");
  deliver(account, later, message, step);
}

function releaseLater(account: Account, later: Later, message: Message, step: Step): void {
  const delayMs = Math.max(0, (message.sendAt ?? 0) - account.now());
  later.run(delayMs, () => release(account, later, message, step), { counted: false });
}

function accept(account: Account, form: Form, to: string): Message {
  const serviceSid = form.MessagingServiceSid ?? null;
  const sender = senderFor(account, {
    ...(serviceSid ? { serviceSid } : {}),
    ...(form.From ? { number: form.From } : {}),
  });
  const sendAt = isScheduled(form) ? Date.parse(form.SendAt ?? "") : null;
  const message = addMessage(account, {
    direction: "outbound-api",
    to,
    from: sender.number,
    serviceSid,
    body: form.Body ?? "",
    status: sendAt !== null ? "scheduled" : serviceSid ? "accepted" : "queued",
    sendAt,
    statusCallback: form.StatusCallback ?? null,
  });
  const { sid, body, statusCallback: url } = message;
  account.note({ event: "accepted", sid, to, from: sender.number, body, ...(url && { url }) });
  return message;
}

/** The first rule a request breaks, in Twilio's numbers. */
function invalid(account: Account, form: Form, to: string | null): number | null {
  if (!form.To) return 21604;
  if (!form.From && !form.MessagingServiceSid) return 21603;
  if (!form.Body) return 21602;
  if (form.Body.length > 1600) return 21617;
  if (form.StatusCallback && !/^https?:\/\/./.test(form.StatusCallback)) return 21609;
  if (to === null) return 21211;
  if (isScheduled(form) && !schedulable(form.SendAt, account.now())) return 35114;
  const sender = senderFor(account, {
    ...(form.MessagingServiceSid ? { serviceSid: form.MessagingServiceSid } : {}),
    ...(form.From ? { number: form.From } : {}),
  });
  const blocked = account.blocks.has(blockKey(to, sender));
  return blocked && account.tuning.optOutSeen === "at-create" ? 21610 : null;
}

/** Without a messaging service Twilio drops the schedule and sends at once. */
function isScheduled(form: Form): boolean {
  return form.ScheduleType === "fixed" && Boolean(form.MessagingServiceSid);
}

function schedulable(sendAt: string | undefined, now: number): boolean {
  if (!sendAt || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(sendAt)) return false;
  const ahead = Date.parse(sendAt) - now;
  return ahead >= SCHEDULE_MIN_MS && ahead <= SCHEDULE_MAX_MS;
}

function e164(to: string | undefined): string | null {
  const parsed = parsePhoneNumberFromString(to ?? "", "US");
  return parsed?.isPossible() ? parsed.number : null;
}

function refuse(account: Account, to: string | null, httpStatus: number, code?: number, retryAfterSeconds?: number) {
  const document = errorDocument(httpStatus, code);
  account.note({ event: "refused", to: to ?? "", httpStatus, code: document.code });
  const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  return json(httpStatus, JSON.stringify(document), headers);
}

function json(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
}

function pause(account: Account, step: Step): Promise<void> {
  const ms = account.tuning.providerDelayMs + step.answerDelayMs;
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
