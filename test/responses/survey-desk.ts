import { createHash } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { connect } from "../../db/connect.ts";
import { newId } from "../../db/ids.ts";
import { tenantKeys, tenants } from "../../db/schema/directory.ts";
import { inviteLinks, invites } from "../../db/schema/surveys.ts";
import { DIRECTORY_DATABASE } from "../../edge/directory.ts";
import { EnvSchema } from "../../edge/env.ts";
import { unwrapTenantKeys } from "../../edge/keys.ts";
import { mintLinkToken } from "../../edge/link-token.ts";
import { type Clinic, type Desk, eventually } from "../harness.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";

/** A clinic with survey links for its invented patients. */
export type SurveyClinic = Clinic & {
  /** One link that no test has used yet. */
  nextLink(): string;
};

/** A clinic with open survey links that nobody was texted: quick, and nothing else happens in its database meanwhile. */
export async function clinicWithLinks(
  desk: Desk,
  count: number,
  settings: { hosts?: string[]; ask?: { surveyId: string } } = {},
): Promise<SurveyClinic> {
  const clinic = await desk.addTenant({ settings });
  const directory = connect({ url: desk.sqld.url, deadlineMs: 10_000 }, DIRECTORY_DATABASE);
  const [tenant] = await directory.select().from(tenants).where(eq(tenants.slug, clinic.slug));
  const keys = EnvSchema.shape.LINK_KEYS.parse(desk.edge.settings.LINK_KEYS);
  const minted = await Promise.all(Array.from({ length: count }, () => mintLinkToken(keys, tenant?.number ?? 0)));
  const now = Date.now();
  const times = { createdAt: now, expiresAt: now + 30 * 86_400_000 };
  const survey = { surveyId: settings.ask?.surveyId ?? "common-ground", surveyVersion: 1 };
  const rows = minted.map(({ hash }, i) => ({ id: newId("invite", now), tokenHash: hash, visit: `apt_${i}` }));
  await clinic.db.batch([
    clinic.db
      .insert(invites)
      .values(
        rows.map(({ id, visit }) => ({ id, patientId: `pat_${visit}`, appointmentId: visit, ...survey, ...times })),
      ),
    clinic.db
      .insert(inviteLinks)
      .values(rows.map(({ id, tokenHash }) => ({ tokenHash, inviteId: id, expiresAt: times.expiresAt }))),
  ]);
  return withLinks(
    clinic,
    minted.map(({ token }) => `${desk.edge.url}/s/${token}`),
  );
}

/** Each clinic's patients live in an area of their own; 555-01xx is fiction in all of them. */
const AREAS = ["212", "213", "312", "313", "404", "415", "503", "617", "702", "713", "808"];
let areasUsed = 0;

/** The whole way: visits are pushed, the clock strikes, and the links are those of the texts that went out. */
export async function textedClinic(desk: Desk, count: number, settings: object = {}): Promise<SurveyClinic> {
  const clinic = await desk.addTenant({ settings: { office: openAllDay, ...settings } });
  const area = AREAS[areasUsed++ % AREAS.length];
  const phones = Array.from({ length: count }, (_, i) => `+1${area}55501${String(i).padStart(2, "0")}`);
  const rows = phones.map((phone, i) => seenVisit({ phone, patientName: `RIVER TESTERLY${letters(i)}` }));
  await clinic.push(todayIn(), rows);
  await desk.edge.cron();
  const links = await eventually(async () => {
    const open = sql`SELECT 1 FROM touches WHERE status IN ('planned', 'claimed', 'sending')`;
    const texts = phones.flatMap((phone) => desk.twilio.messages(phone)).map(({ body }) => body);
    const isDone = texts.length === count && (await clinic.db.all(open)).length === 0;
    return isDone && texts.map((body) => /http\S+/.exec(body)?.[0] ?? "");
  }, 30_000);
  return withLinks(clinic, links);
}

function withLinks(clinic: Clinic, links: string[]): SurveyClinic {
  return {
    ...clinic,
    nextLink() {
      const link = links.pop();
      if (!link) throw new Error("more links used than asked for");
      return link;
    },
  };
}

function letters(i: number): string {
  return String.fromCharCode(65 + Math.floor(i / 26), 65 + (i % 26));
}

/** What a browser posts from the form behind a link. */
export function post(
  url: string,
  fields: [string, string][] | Record<string, string>,
  headers: HeadersInit = {},
  own: [string, string][] = [["form-version", "common-ground@1"]],
) {
  const pairs = Array.isArray(fields) ? fields : Object.entries(fields);
  const body = new URLSearchParams([...own, ...pairs]);
  return fetch(url, { method: "POST", body, headers, redirect: "manual" });
}

export type StoredResponse = {
  id: string;
  status: string;
  answers: Record<string, unknown>;
  scores: Record<string, unknown>;
  sealed: string | null;
  invite_id: string | null;
  week_on: string;
};

/** All answers of the clinic, as stored. */
export async function storedResponses(clinic: Clinic): Promise<StoredResponse[]> {
  const rows = await clinic.db.all<Record<string, string>>(sql`SELECT * FROM responses`);
  return rows.map(
    (row) => ({ ...row, answers: JSON.parse(row.answers ?? ""), scores: JSON.parse(row.scores ?? "") }) as never,
  );
}

/** The free text of an answer, opened with the clinic's own key. */
export async function openTexts(desk: Desk, clinic: Clinic, row: StoredResponse | undefined) {
  const directory = connect({ url: desk.sqld.url, deadlineMs: 5_000 }, DIRECTORY_DATABASE);
  const keks = EnvSchema.shape.KEY_ENCRYPTION_KEYS.parse(desk.edge.settings.KEY_ENCRYPTION_KEYS);
  const rows = await directory
    .select({ key: tenantKeys })
    .from(tenantKeys)
    .innerJoin(tenants, eq(tenants.id, tenantKeys.tenantId))
    .where(eq(tenants.slug, clinic.slug));
  const [first] = rows;
  if (!row?.sealed || !first) throw new Error("nothing sealed");
  const wrapped = rows.map(({ key }) => key);
  const keys = await unwrapTenantKeys(keks, first.key.tenantId, wrapped);
  return JSON.parse(await keys.open({ table: "responses", row: row.id }, row.sealed)) as Record<string, string>;
}

/** The row of a link, by its token. */
export function tokenHash(link: string): string {
  return createHash("sha256").update(tokenOf(link)).digest("hex");
}

export function tokenOf(link: string): string {
  return new URL(link).pathname.split("/")[2] ?? "";
}

/** Lets a link run out, as thirty days would. */
export async function expire(clinic: Clinic, link: string): Promise<void> {
  await clinic.db.run(sql`UPDATE invite_links SET expires_at = 1 WHERE token_hash = ${tokenHash(link)}`);
}
