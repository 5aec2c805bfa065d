import { AwsClient } from "aws4fetch";
import { Temporal } from "temporal-polyfill";
import { ALARM_WORDS } from "../../templates/alarms.ts";
import type { AlarmCode } from "../alarms.ts";
import type { Context } from "../context.ts";
import { type Env, type SesAccount, sesAccount } from "../env.ts";
import { HearbackError } from "../errors.ts";
import type { Alarm, Tell } from "./notify-alarms.ts";

const DEADLINE_MS = 10_000;

export type MailSettings = SesAccount & { to: string[]; from: string };

/** The settings of alarm mails; null when they are not set up. */
export function mailSettings(env: Env): MailSettings | null {
  const { ALARM_MAIL_TO: to, ALARM_MAIL_FROM: from } = env;
  const account = sesAccount(env);
  return to && from && account ? { ...account, to, from } : null;
}

/** Mails the alarms through Amazon SES v2. Throws unless SES takes the mail. */
export const mailAlarms =
  ({ to, from, baseUrl, ...aws }: MailSettings): Tell =>
  async (ctx, news) => {
    const signed = await new AwsClient({ ...aws, service: "ses" }).sign(`${baseUrl}/v2/email/outbound-emails`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        FromEmailAddress: from,
        Destination: { ToAddresses: to },
        Content: {
          Simple: {
            Subject: { Data: subjectOf(ctx, news.alarms) },
            Body: { Text: { Data: textOf(ctx, news.alarms) } },
          },
        },
      }),
    });
    const answer = await fetch(signed, { redirect: "manual", signal: AbortSignal.timeout(DEADLINE_MS) });
    await answer.body?.cancel();
    if (!answer.ok) throw new HearbackError("UNAVAILABLE", `SES answered ${answer.status}.`);
  };

function subjectOf({ tenant }: Context, alarms: Alarm[]): string {
  return `Hearback at ${tenant.name}: ${alarms.length === 1 ? "an alarm is" : `${alarms.length} alarms are`} open`;
}

function textOf({ tenant, env }: Context, alarms: Alarm[]): string {
  const parts = alarms.map((alarm) => {
    const { says, todo } = ALARM_WORDS[alarm.code as AlarmCode];
    const since = Temporal.Instant.fromEpochMilliseconds(alarm.raisedAt)
      .toZonedDateTimeISO(tenant.settings.office.timeZone)
      .toPlainDateTime()
      .toString({ smallestUnit: "minute" })
      .replace("T", " ");
    return `${says}\n${todo}\nSince ${since}; ${alarm.code}, ${alarm.subject}, ${alarm.detail}`;
  });
  return [...parts, `Acknowledge: ${env.PUBLIC_URL}/t/${tenant.slug}/runs`].join("\n\n");
}
