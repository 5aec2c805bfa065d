import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { type Clinic, type Desk, eventually, makeNudgesDue, type TenantChanges } from "./harness.ts";
import { openAllDay, seenVisit } from "./visits.ts";

/** A clinic with a sending number of its own, so that several can share one Twilio. */
export type Line = Clinic & {
  number: string;
  /** A patient texts the clinic; resolves when the Worker has answered. */
  text(from: string, body: string): Promise<{ sid: string; httpStatus: number | null }>;
  /** What the clinic's number said to this phone, oldest first: asked and automatic. */
  said(phone: string): string[];
  /** Pushes seen visits of invented people to these phones, one a person, on one day. */
  pushVisits(visits: Record<string, unknown>[]): Promise<Response>;
  /** Every touch, with its phone's visit told apart by provider. */
  touches(): Promise<{ id: string; kind: string; status: string; reason: string | null }[]>;
  /** Every planned touch is due now, and the clock knows: a run that is just ending cannot set the next turn over it. */
  makeDue(): Promise<void>;
  /** After a change behind the desk's back: the clock knows that something may be due here. */
  wake(): Promise<void>;
  /** One turn of the clock for this clinic, until its work of this moment is done: `desk.strike`. */
  strike(): Promise<void>;
  /** Strikes the clock, once a second, until all is planned and every touch stands at one of these. */
  until(...statuses: string[]): Promise<{ id: string; kind: string; status: string; reason: string | null }[]>;
};

/** A new clinic, open all day unless `changes` say otherwise. */
export async function addLine(desk: Desk, number: string, changes: TenantChanges = {}): Promise<Line> {
  const serviceSid = `MG${randomBytes(16).toString("hex")}`;
  const clinic = await desk.addTenant({
    ...changes,
    settings: {
      ...changes.settings,
      office: { ...openAllDay, ...changes.settings?.office },
      messages: { ...changes.settings?.messages, messagingServiceSid: serviceSid },
    },
  });
  desk.twilio.addSender({ number, name: clinic.slug, serviceSid, inboundUrl: inboundUrl(desk, clinic) });
  const touches: Line["touches"] = () =>
    clinic.db.all(sql`SELECT id, kind, status, reason FROM touches ORDER BY created_at, id`);
  return {
    ...clinic,
    number,
    text: (from, body) => desk.twilio.text({ from, to: number, body }),
    said: (phone) =>
      desk.twilio
        .messages(phone)
        .filter((message) => message.direction !== "inbound" && message.from === number)
        .map((message) => message.body),
    pushVisits(visits) {
      const rows = visits.map((visit, index) =>
        seenVisit({ patientName: `SAM SAMPLE${"ABCDEFGHIJ"[index]}`, ...visit }),
      );
      return clinic.push(rows[0]?.startsAt.slice(0, 10) ?? "", rows);
    },
    touches,
    makeDue: async () => {
      await clinic.db.run(sql`UPDATE touches SET due_at = 0 WHERE status = 'planned'`);
      await wake(desk, clinic);
    },
    wake: () => wake(desk, clinic),
    strike: () => desk.strike(clinic),
    until: (...statuses) => {
      let strikeAt = 0;
      return eventually(async () => {
        if (Date.now() >= strikeAt) {
          strikeAt = Date.now() + 1_000;
          await makeNudgesDue(clinic);
          await desk.edge.cron();
        }
        const unplanned = await clinic.db.all(sql`SELECT 1 FROM appointments WHERE needs_planning = 1`);
        const rows = await touches();
        return (
          unplanned.length === 0 && rows.length > 0 && rows.every(({ status }) => statuses.includes(status)) && rows
        );
      });
    },
  };
}

async function wake(desk: Desk, { slug }: Clinic): Promise<void> {
  await desk.directory.run(sql`UPDATE tenants SET next_due_at = 1 WHERE slug = ${slug}`);
}

export function inboundUrl(desk: Desk, clinic: Clinic): string {
  return `${desk.edge.url}/t/${clinic.slug}/twilio/inbound`;
}

/** A form posted as Twilio does: signed over `signedUrl`, which is where it goes unless said otherwise. */
export function postAsTwilio(
  desk: Desk,
  url: string,
  params: Record<string, string>,
  { signedUrl = url, headers = {}, body = new URLSearchParams(params).toString() } = {} as {
    signedUrl?: string;
    headers?: Record<string, string>;
    body?: string;
  },
): Promise<Response> {
  const signature = getExpectedTwilioSignature(desk.twilio.authToken, signedUrl, params);
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature, ...headers },
    body,
  });
}

/** Open alarms by code. */
export async function alarmsOf(clinic: Clinic): Promise<string[]> {
  const rows = await clinic.db.all<{ code: string }>(
    sql`SELECT code FROM alarms WHERE acknowledged_at IS NULL ORDER BY code`,
  );
  return rows.map((row) => row.code);
}
