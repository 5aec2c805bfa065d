import type { Account, Message } from "./account.ts";
import { API_VERSION, messageDocument } from "./wire.ts";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

/** `GET …/Messages.json`: newest first, by To, From and day sent, in pages; what is younger than the tuned lag is missing. */
export function listMessages(account: Account, query: URLSearchParams) {
  const pageSize = Math.min(MAX_PAGE_SIZE, positive(query.get("PageSize")) ?? DEFAULT_PAGE_SIZE);
  const page = positive(query.get("Page")) ?? 0;
  const found = matching(account, query);
  const start = page * pageSize;
  const shown = found.slice(start, start + pageSize);
  const more = found.length > start + pageSize;
  return {
    end: start + Math.max(0, shown.length - 1),
    first_page_uri: pageUri(account, query, 0, pageSize),
    next_page_uri: more ? pageUri(account, query, page + 1, pageSize) : null,
    page,
    page_size: pageSize,
    previous_page_uri: page > 0 ? pageUri(account, query, page - 1, pageSize) : null,
    messages: shown.map((message) => redacted(account, messageDocument(account, message))),
    start,
    uri: pageUri(account, query, page, pageSize),
  };
}

/** As Twilio shows a message once the carrier has it, where the account redacts. */
function redacted(account: Account, document: ReturnType<typeof messageDocument>) {
  const { redactedBody, redactsNumbers } = account.tuning;
  const to = redactsNumbers ? document.to.replace(/\d{4}$/, "XXXX") : document.to;
  return { ...document, to, body: redactedBody ?? document.body };
}

function matching(account: Account, query: URLSearchParams): Message[] {
  const to = query.get("To");
  const from = query.get("From");
  const visibleUntil = account.now() - account.tuning.listLagMs;
  const candidates = (to && account.byPhone.get(to)) || [...account.messages.values()];
  return candidates
    .filter(
      (message) =>
        message.createdAt <= visibleUntil &&
        (!to || (message.to === to && !account.tuning.redactsNumbers)) &&
        (!from || message.from === from) &&
        wasSentWithin(message, query),
    )
    .reverse();
}

/** `DateSent` is a UTC day; `DateSent>` and `DateSent<` take a day or an instant and include it. */
function wasSentWithin(message: Message, query: URLSearchParams): boolean {
  const [on, from, until] = ["DateSent", "DateSent>", "DateSent<"].map((name) => query.get(name));
  if (!on && !from && !until) return true;
  if (message.sentAt === null) return false;
  const day = new Date(message.sentAt).toISOString().slice(0, 10);
  const isDay = (value: string) => value.length === 10;
  if (on && day !== on.slice(0, 10)) return false;
  if (from && (isDay(from) ? day < from : message.sentAt < Date.parse(from))) return false;
  return !(until && (isDay(until) ? day > until : message.sentAt > Date.parse(until)));
}

function pageUri(account: Account, query: URLSearchParams, page: number, pageSize: number): string {
  const params = new URLSearchParams(query);
  params.set("PageSize", String(pageSize));
  params.set("Page", String(page));
  if (page > 0) params.set("PageToken", `PAMM${page}`);
  else params.delete("PageToken");
  return `/${API_VERSION}/Accounts/${account.accountSid}/Messages.json?${params}`;
}

function positive(value: string | null): number | null {
  const number = Number(value);
  return value !== null && Number.isInteger(number) && number > 0 ? number : null;
}
