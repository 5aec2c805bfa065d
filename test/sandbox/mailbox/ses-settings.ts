import type { Credentials } from "./sigv4.ts";

/** The Worker's settings for a running mailbox: its keys, and the password of the reports on what became of a mail. */
export function sesSettings(mailbox: { url: string }, keys: Credentials, eventsSecret: string) {
  return {
    SES_REGION: "us-east-1",
    SES_ACCESS_KEY_ID: keys.accessKeyId,
    SES_SECRET_ACCESS_KEY: keys.secretAccessKey,
    SES_BASE_URL: mailbox.url,
    SES_CONFIGURATION_SET: "hearback",
    SES_EVENTS_SECRET: eventsSecret,
  };
}
