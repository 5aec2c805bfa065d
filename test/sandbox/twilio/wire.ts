import type { Account, Message } from "./account.ts";
import { segmentsOf } from "./segments.ts";

export const API_VERSION = "2010-04-01";

const MESSAGES: Record<number, string> = {
  20003: "Authenticate",
  20404: "The requested resource was not found",
  20429: "Too Many Requests",
  20500: "Internal Server Error",
  21211: "Invalid 'To' Phone Number",
  21602: "Message body is required.",
  21603: "A 'From' phone number is required.",
  21604: "A 'To' phone number is required.",
  21609: "The 'StatusCallback' URL is not a valid URL.",
  21610: "Attempt to send to unsubscribed recipient",
  21614: "'To' number is not a valid mobile number",
  21617: "The concatenated message body exceeds the 1600 character limit",
  30409: "This message cannot be canceled",
  35114: "SendAt time must be between 900 seconds and 35 days (3024000 seconds) in the future, inclusive.",
};

/** Twilio's error document; without a code it picks the one Twilio uses for that HTTP status. */
export function errorDocument(status: number, code = codeOfStatus(status)) {
  const message = MESSAGES[code] ?? "The request could not be completed";
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
}

/** A message as the REST API shows it; right after a create through a messaging service it has no sender or segments. */
export function messageDocument(account: Account, message: Message, justCreated = false) {
  const { accountSid } = account;
  const uri = `/${API_VERSION}/Accounts/${accountSid}/Messages/${message.sid}`;
  const unresolved = justCreated && message.serviceSid !== null;
  return {
    account_sid: accountSid,
    api_version: API_VERSION,
    body: message.body,
    date_created: rfc2822(message.createdAt),
    date_sent: message.sentAt === null ? null : rfc2822(message.sentAt),
    date_updated: rfc2822(message.updatedAt),
    direction: message.direction,
    error_code: message.errorCode,
    error_message: null,
    from: unresolved ? null : message.from,
    messaging_service_sid: message.serviceSid,
    num_media: "0",
    num_segments: unresolved ? "0" : String(segmentsOf(message.body).count),
    price: priceOf(account, message),
    price_unit: account.tuning.priceUnit,
    sid: message.sid,
    status: message.status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: message.to,
    uri: `${uri}.json`,
  };
}

/** Below zero for what is charged, each segment; told only some time after the message was sent, delivered or not. */
function priceOf({ tuning, now }: Account, { sentAt, direction, body }: Message): string | null {
  if (direction === "inbound" || sentAt === null || now() < sentAt + tuning.priceLagMs) return null;
  return (-tuning.pricePerSegment * segmentsOf(body).count).toFixed(5);
}

function codeOfStatus(status: number): number {
  return { 401: 20003, 404: 20404, 429: 20429 }[status] ?? 20500;
}

function rfc2822(at: number): string {
  return new Date(at).toUTCString().replace("GMT", "+0000");
}
