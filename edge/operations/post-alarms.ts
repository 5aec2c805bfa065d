import { Webhook } from "standardwebhooks";
import { ALARM_WORDS } from "../../templates/alarms.ts";
import type { AlarmCode } from "../alarms.ts";
import { HearbackError } from "../errors.ts";
import type { Tell } from "./notify-alarms.ts";

const DEADLINE_MS = 10_000;

/** Posts the alarms to the operator's address, signed by the Standard Webhooks scheme. Throws unless it answers 2xx. */
export const postAlarms =
  (settings: { url: string; secret: string }): Tell =>
  async ({ tenant, now }, news) => {
    const body = JSON.stringify({
      type: "alarms.open",
      timestamp: new Date(now()).toISOString(),
      data: {
        tenant: tenant.slug,
        alarms: news.alarms.map(({ id, code, subject, detail, raisedAt, seenCount }) => ({
          id,
          code,
          says: ALARM_WORDS[code as AlarmCode].says,
          subject,
          detail: JSON.parse(detail),
          raisedAt: new Date(raisedAt).toISOString(),
          seenCount,
        })),
      },
    });
    const at = new Date(now());
    const answer = await fetch(settings.url, {
      method: "POST",
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(DEADLINE_MS),
      headers: {
        "content-type": "application/json",
        "webhook-id": news.id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": new Webhook(settings.secret).sign(news.id, at, body),
      },
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new HearbackError("UNAVAILABLE", `The alarm webhook answered ${answer.status}.`);
  };
