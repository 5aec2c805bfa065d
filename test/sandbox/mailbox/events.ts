import { randomUUID } from "node:crypto";
import type { Later } from "../later.ts";
import type { Box, EventSubscription, Mail, MailEnd } from "./box.ts";

const TOPIC = "arn:aws:sns:us-east-1:111122223333:hearback";
const TRIES = 3;
const RETRY_AFTER_MS = 300;

/** Tells what becomes of a mail, as SES does through SNS: each event in a notification of its own, in order. */
export function tellLater(box: Box, later: Later, mail: Mail, end: MailEnd): void {
  if (!box.subscription || box.tuning.events === "none") return;
  const { subscription } = box;
  later.run(box.tuning.eventLagMs, async (signal) => {
    for (const event of eventsOf(mail, end)) {
      for (let copy = 0; copy < box.tuning.eventCopies; copy += 1) await notify(subscription, event, signal);
    }
  });
}

/** SNS says its password only after a 401 that asks for it, and tries again when it is not taken. */
async function notify(
  { url, username, password }: EventSubscription,
  event: object,
  signal: AbortSignal,
): Promise<void> {
  const body = JSON.stringify({
    ...{ Type: "Notification", MessageId: randomUUID(), TopicArn: TOPIC, Message: JSON.stringify(event) },
    ...{ Timestamp: new Date().toISOString(), SignatureVersion: "1", Signature: "bm8gc2lnbmF0dXJl" },
  });
  const type = { "content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification" };
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  for (let attempt = 1; attempt <= TRIES && !signal.aborted; attempt += 1) {
    const bare = await fetch(url, { method: "POST", headers: type, body, signal }).catch(() => null);
    const asks = bare?.status === 401 && bare.headers.get("www-authenticate")?.startsWith("Basic");
    const answer = asks
      ? await fetch(url, { method: "POST", headers: { ...type, authorization }, body, signal })
      : bare;
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
  }
}

function eventsOf(mail: Mail, end: MailEnd): object[] {
  const of = (eventType: string, more: object = {}) => ({ eventType, mail: mailDocument(mail), ...more });
  const send = of("Send", { send: {} });
  const delivery = of("Delivery", { delivery: { recipients: mail.to, smtpResponse: "250 2.6.0 taken" } });
  const bounce = (bounceType: string, bounceSubType = "General") =>
    of("Bounce", {
      bounce: { bounceType, bounceSubType, bouncedRecipients: mail.to.map((to) => ({ emailAddress: to })) },
    });
  switch (end) {
    case "delivered":
      return [send, delivery];
    case "bounces-for-good":
      return [send, bounce("Permanent")];
    case "bounces-for-now":
      return [send, of("DeliveryDelay", { deliveryDelay: { delayType: "MailboxFull" } }), bounce("Transient")];
    case "bounces-by-content":
      return [send, bounce("Transient", "ContentRejected")];
    case "auto-replied":
      // To SES, an answer such as "out of the office" is a transient bounce of a mail that was delivered.
      return [send, delivery, bounce("Transient")];
    case "complained-of":
      return [send, delivery, of("Complaint", { complaint: { complaintFeedbackType: "abuse" } })];
    case "rejected-as-virus":
      return [send, of("Reject", { reject: { reason: "Bad content" } })];
  }
}

function mailDocument(mail: Mail) {
  const tags = Object.fromEntries(Object.entries(mail.tags).map(([name, value]) => [name, [value]]));
  return { timestamp: new Date(mail.at).toISOString(), messageId: mail.id, destination: mail.to, tags };
}
