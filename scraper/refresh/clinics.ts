import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import * as z from "zod";
import { SYCLE_LIMITS } from "../imports/open-sources.ts";
import type { ReadSource } from "../imports/source.ts";
import { RefreshEnv, readSettings, SettingsError } from "../settings.ts";
import { readMapping } from "../sycle/read-mapping.ts";
import { readSycle } from "../sycle/read-sycle.ts";

/** One clinic that this program reads for: its machine key, and its databases by the name that requests have for the login. */
const Clinic = z.strictObject({
  tenant: z.string().regex(/^[a-z][a-z0-9-]*$/, "expected the tenant's slug"),
  keyId: z.string().min(1),
  keySecret: z.string().startsWith("whsec_"),
  credentials: z.record(
    z.string(),
    z.strictObject({
      /** As requests call the database. */
      database: z.string().min(1),
      /** With user and password; TLS is verified unless it ends in `?tls=off`. */
      url: z.url({ protocol: /^(postgres|postgresql|mysql)$/, error: "expected postgres:// or mysql://" }),
      /** A JSON file beside this one, where tables or columns are not as in scraper/sycle/mapping.ts. */
      mapping: z.string().min(1).optional(),
    }),
  ),
});
const Clinics = z
  .array(Clinic)
  .min(1)
  .refine((all) => new Set(all.map(({ tenant }) => tenant)).size === all.length, "a tenant stands twice");

export type RefreshSettings = {
  edgeUrl: string;
  requestsUrl: string;
  repliesUrl: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  clinics: RefreshClinic[];
};
export type RefreshClinic = {
  tenant: string;
  keyId: string;
  keySecret: string;
  /** The database that a request means; undefined where this program has no login of that name for it. */
  find(asked: { credentialRef: string; database: string }): ReadSource | undefined;
};

/** What the program at a clinic's side is told. Throws a `SettingsError` that names the setting, never its value. */
export function refreshFrom(env: Record<string, string | undefined>, limits = SYCLE_LIMITS): RefreshSettings {
  const settings = readSettings(RefreshEnv, env);
  return {
    edgeUrl: settings.EDGE_URL,
    requestsUrl: settings.REFRESH_REQUESTS_URL,
    repliesUrl: settings.REFRESH_REPLIES_URL,
    region: settings.SQS_REGION,
    accessKeyId: settings.SQS_ACCESS_KEY_ID,
    secretAccessKey: settings.SQS_SECRET_ACCESS_KEY,
    clinics: readClinics(settings.REFRESH_CLINICS, limits),
  };
}

function readClinics(file: string, limits: typeof SYCLE_LIMITS): RefreshClinic[] {
  const result = Clinics.safeParse(readJson(file));
  if (!result.success) throw new SettingsError(`REFRESH_CLINICS: ${z.prettifyError(result.error)}`);
  return result.data.map(({ credentials, ...clinic }) => {
    const known = Object.entries(credentials).map(([ref, { database, url, mapping: name }]) => {
      const mapping = readMapping("REFRESH_CLINICS", name && resolve(dirname(file), name));
      return { ref, database, read: readSycle({ address: url, mapping, limits }) };
    });
    return {
      ...clinic,
      find: ({ credentialRef, database }) =>
        known.find((each) => each.ref === credentialRef && each.database === database)?.read,
    };
  });
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new SettingsError("REFRESH_CLINICS: no JSON file");
  }
}
