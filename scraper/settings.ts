import { existsSync } from "node:fs";
import * as z from "zod";
import { SafeUrl } from "../edge/contract/safe-url.ts";

const Secret = z.string().min(1);
const Key32 = z
  .base64()
  .transform((text) => new Uint8Array(Buffer.from(text, "base64")))
  .refine((key) => key.length === 32, "expected 32 bytes as base64, such as openssl rand -base64 32 makes");

/** Where the edge is, and the key that the container signs its requests with (made by `tenant add`). */
export const EdgeEnv = z.object({
  EDGE_URL: SafeUrl,
  EDGE_TENANT: z.string().regex(/^[a-z][a-z0-9-]*$/, "expected the tenant's slug"),
  EDGE_KEY_ID: z.string().min(1),
  EDGE_KEY_SECRET: z.string().startsWith("whsec_"),
});

/** What the operator's verbs need: the Worker's own secret for them. */
export const OperatorEnv = z.object({
  EDGE_URL: SafeUrl,
  OPERATOR_SECRET: z.string().startsWith("whsec_"),
});

/** The EHR, the phone portal its sign-in codes arrive at, and where the browser's session is kept, sealed. */
export const EhrEnv = z.object({
  PRACTICEFUSION_URL: SafeUrl.optional(),
  /** Hosts besides the EHR's own site that its pages may load from, comma-separated. */
  PRACTICEFUSION_HOSTS: z
    .string()
    .transform((text) => text.split(",").map((host) => host.trim()))
    .pipe(z.array(z.string().min(1)))
    .optional(),
  PRACTICEFUSION_USERNAME: Secret,
  PRACTICEFUSION_PASSWORD: Secret,
  CALLHARBOR_URL: SafeUrl.optional(),
  CALLHARBOR_USERNAME: Secret,
  CALLHARBOR_PASSWORD: Secret,
  /** Base32, as the portal shows it once. */
  CALLHARBOR_MFA_SECRET: Secret,
  SESSION_STATE_DIR: z.string().min(1),
  SESSION_STATE_KEY: Key32,
  /** Where to keep the pages on which something failed, scrubbed of people; without it none is kept. */
  SCRAPE_SNAPSHOT_DIR: z.string().min(1).optional(),
  /** The browser to use; without it, see `find-chromium.ts`. */
  CHROMIUM_PATH: z.string().min(1).optional(),
});

/** Concrete's SOAP service, imported from when these are set. */
export const ConcreteEnv = z.object({
  CONCRETE_URL: SafeUrl,
  CONCRETE_USERNAME: Secret,
  CONCRETE_PASSWORD: Secret,
  /** The service's description, if it is not the one this connector was built against, and its SHA-256. */
  CONCRETE_WSDL: z.string().min(1).optional(),
  CONCRETE_WSDL_SHA256: z.hash("sha256").optional(),
});

/** A clinic's Sycle database, imported from when it is set. */
export const SycleEnv = z.object({
  /** With user and password; TLS is verified unless it ends in `?tls=off`. */
  SYCLE_DATABASE_URL: z.url({ protocol: /^(postgres|postgresql|mysql)$/, error: "expected postgres:// or mysql://" }),
  /** A JSON file that names the clinic's tables and columns where they are not as in scraper/sycle/mapping.ts. */
  SYCLE_MAPPING: z.string().min(1).optional(),
});

/** A certified (CASS) service for addresses, used when these are set. */
export const CassifyEnv = z.object({
  CASSIFY_URL: SafeUrl,
  CASSIFY_KEY: Secret,
});

/** A certified (CASS) service that works from an object store and two queues, used when these are set. */
export const CassifyStoreEnv = z.object({
  CASSIFY_STORE_URL: SafeUrl,
  CASSIFY_REQUESTS_URL: SafeUrl,
  CASSIFY_REPLIES_URL: SafeUrl,
  SQS_REGION: z.string().min(1),
  SQS_ACCESS_KEY_ID: Secret,
  SQS_SECRET_ACCESS_KEY: Secret,
});

/** For the program at a clinic's side: where it is asked to read, and for which clinics. */
export const RefreshEnv = z.object({
  EDGE_URL: SafeUrl,
  REFRESH_REQUESTS_URL: SafeUrl,
  REFRESH_REPLIES_URL: SafeUrl,
  SQS_REGION: z.string().min(1),
  SQS_ACCESS_KEY_ID: Secret,
  SQS_SECRET_ACCESS_KEY: Secret,
  /** A JSON file of the clinics: `scraper/refresh/clinics.ts` says what stands in it. */
  REFRESH_CLINICS: z.string().min(1),
});

const PrinterFolder = z.object({
  /** With user, and the folder from where the sign-in leads: `sftp://clinic@sftp.printer.example/incoming`. */
  PRINT_SFTP_URL: z.url({ protocol: /^sftp$/, error: "expected sftp://user@host/folder" }),
  /** The machine's own key, as `ssh-keygen -lf` shows it. */
  PRINT_SFTP_HOST_KEY: z
    .string()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, "expected SHA256: and 43 characters, as ssh-keygen -lf shows it"),
  PRINT_SFTP_PASSWORD: Secret.optional(),
  /** A file with the private key to sign in with, instead of a password. */
  PRINT_SFTP_KEY_FILE: z.string().min(1).optional(),
});

/** The printer's folder, which mailings are brought to when these are set. */
export const PrintEnv = PrinterFolder.refine((set) => set.PRINT_SFTP_PASSWORD || set.PRINT_SFTP_KEY_FILE, {
  error: "either this or PRINT_SFTP_PASSWORD is needed",
  path: ["PRINT_SFTP_KEY_FILE"],
});

/** Nothing here is secret or needed. */
export const CommonEnv = z.object({
  /** `json` for machines, `pretty` for people. */
  HEARBACK_LOG: z.enum(["json", "pretty"]).default("json"),
});

/** True if any of a schema's settings is set: then all that it needs must be. */
export function isSetUp(schema: z.ZodObject, env: Record<string, string | undefined>): boolean {
  return Object.keys(schema.shape).some((name) => env[name]);
}

/** Which settings are missing or wrong, by name; never their values. */
export class SettingsError extends Error {
  override name = "SettingsError";
  readonly code = "bad_settings";
}

/** Adds what `.env` in the working folder sets, if there is one; what is set already stays. */
export function loadEnvFile(): void {
  if (existsSync(".env")) process.loadEnvFile(".env");
}

/** Reads the settings of one schema from the environment, once. An empty variable counts as absent. */
export function readSettings<Schema extends z.ZodObject>(
  schema: Schema,
  env: Record<string, string | undefined>,
): z.infer<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const name = path.join(".");
    return given[name] === undefined ? `${name} is missing` : `${name}: ${message}`;
  });
  throw new SettingsError(problems.join("; "));
}
