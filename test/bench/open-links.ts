import { sql } from "drizzle-orm";
import { connect } from "../../db/connect.ts";
import { uuidv7 } from "../../db/ids.ts";
import { DIRECTORY_DATABASE } from "../../edge/directory.ts";
import { mintLinkToken } from "../../edge/link-token.ts";
import type { Clinic, Desk } from "../harness.ts";

const DAY_MS = 86_400_000;

/** Links of invites that were never texted: as many as a benchmark wants, without sending a text for each. */
export async function openLinks(desk: Pick<Desk, "edge" | "sqld">, clinic: Clinic, count: number): Promise<string[]> {
  const [id = "", key = ""] = (desk.edge.settings.LINK_KEYS ?? "").split(",")[0]?.split(":") ?? [];
  const directory = connect({ url: desk.sqld.url, deadlineMs: 10_000 }, DIRECTORY_DATABASE);
  const [row] = await directory.all<{ number: number }>(sql`SELECT number FROM tenants WHERE slug = ${clinic.slug}`);
  const links = await Promise.all(
    Array.from({ length: count }, async () => ({
      ...(await mintLinkToken([{ id, key }], row?.number ?? 0)),
      invite: `inv_${uuidv7(Date.now())}`,
    })),
  );
  const rows = JSON.stringify(links.map(({ hash, invite }) => [hash, invite]));
  const now = Date.now();
  await clinic.db.batch([
    clinic.db.run(sql`INSERT INTO invites (id, patient_id, appointment_id, survey_id, survey_version, expires_at, created_at)
      SELECT json_extract(value, '$[1]'), 'pat_none', json_extract(value, '$[1]'), 'common-ground', 1, ${now + DAY_MS}, ${now}
      FROM json_each(${rows})`),
    clinic.db.run(sql`INSERT INTO invite_links (token_hash, invite_id, expires_at)
      SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), ${now + DAY_MS} FROM json_each(${rows})`),
  ]);
  return links.map(({ token }) => `${desk.edge.url}/s/${token}`);
}
