import { eq, sql } from "drizzle-orm";
import { tenants } from "../../db/schema/directory.ts";
import { EnvSchema } from "../../edge/env.ts";
import { mintLinkToken } from "../../edge/link-token.ts";
import { addLine, type Line } from "../clinic-line.ts";
import { activate, pushVisits, reminder, visitIn } from "../engagement/nudge-line.ts";
import { type Clinic, type Desk, eventually } from "../harness.ts";

export type RemindedClinic = Line & {
  /** The link in the last text to this phone. */
  linkOf(phone: string): string;
  /** The visit of this phone's person, as stored. */
  visitOf(phone: string): Promise<StoredVisit>;
};
export type StoredVisit = {
  id: string;
  starts_at: number;
  updated_at: number;
  status: string;
  source_status: string;
  confirmed_at: number | null;
  confirmed_for_at: number | null;
};

/** A clinic whose people with a visit ahead, in 100 minutes unless told otherwise, one a phone, were all reminded so. */
export async function remindedClinic(
  desk: Desk,
  number: string,
  phones: string[],
  { body = "{{cn}}: see you {{aw}} at {{ap}}. Please confirm: {{cl}}", minutes = 100, step = {} } = {} as {
    body?: string;
    minutes?: number;
    step?: Record<string, unknown>;
  },
): Promise<RemindedClinic> {
  const statuses = { Scheduled: "pending", Confirmed: "booked", Cancelled: "cancelled", Seen: "fulfilled" };
  const clinic = await addLine(desk, number, { settings: { schedule: { statuses } as object } });
  await clinic.db.run(sql`INSERT INTO message_templates (key, version, locale, channel, category, body, created_at)
    VALUES ('reminder', 1, 'en', 'sms', 'transactional', ${body}, 1)`);
  await activate(desk, clinic, reminder({}, step));
  await pushVisits(
    clinic,
    phones.map((phone, index) =>
      visitIn(minutes + index, {
        phone,
        patientName: `RIVER TESTERLY${"ABCDEFGHIJKLMNOP"[index]}`,
        status: "Scheduled",
      }),
    ),
  );
  await clinic.until("accepted", "sent", "delivered");
  const texts = await eventually(async () => {
    const said = phones.map((phone) => clinic.said(phone).at(-1) ?? "");
    return said.every((text) => text !== "") && said;
  });
  const ids = await clinic.db.all<{ id: string }>(sql`SELECT id FROM appointments ORDER BY starts_at`);
  return {
    ...clinic,
    linkOf: (phone) => /http\S+/.exec(texts[phones.indexOf(phone)] ?? "")?.[0] ?? "",
    async visitOf(phone) {
      const [row] = await clinic.db.all<StoredVisit>(
        sql`SELECT * FROM appointments WHERE id = ${ids[phones.indexOf(phone)]?.id}`,
      );
      if (!row) throw new Error("no such visit");
      return row;
    },
  };
}

/** A link to this visit that nobody was texted. */
export async function openVisitLink(desk: Desk, clinic: Clinic, appointmentId: string): Promise<string> {
  const [tenant] = await desk.directory.select().from(tenants).where(eq(tenants.slug, clinic.slug));
  const keys = EnvSchema.shape.LINK_KEYS.parse(desk.edge.settings.LINK_KEYS);
  const { token, hash } = await mintLinkToken(keys, tenant?.number ?? 0);
  await clinic.db.run(sql`INSERT INTO visit_links (token_hash, touch_id, appointment_id, starts_at, locale, expires_at)
    SELECT ${hash}, 'tch_none', id, starts_at, 'en', starts_at FROM appointments WHERE id = ${appointmentId}`);
  return `${desk.edge.url}/v/${token}`;
}

/** What a browser posts from the page that was opened: the form's own field as it stands there. */
export async function press(link: string, fields: Record<string, string> = {}, page = link): Promise<Response> {
  const html = await (await fetch(page)).text();
  const version = /name="form-version" value="([^"]*)"/.exec(html)?.[1] ?? "";
  return postForm(page, { "form-version": version, ...fields });
}

export function postForm(url: string, fields: Record<string, string>, headers: HeadersInit = {}): Promise<Response> {
  return fetch(url, { method: "POST", body: new URLSearchParams(fields), headers, redirect: "manual" });
}
