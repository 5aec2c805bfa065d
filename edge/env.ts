import type { DurableObjectNamespace, Queue } from "@cloudflare/workers-types";
import * as z from "zod";
import { SafeUrl } from "./contract/safe-url.ts";
import { HearbackError } from "./errors.ts";

const keyList = z
  .string()
  .regex(
    /^[a-z0-9]+:[A-Za-z0-9+/]{43}=(,[a-z0-9]+:[A-Za-z0-9+/]{43}=)*$/,
    "expected name:base64 of 32 bytes, current first",
  )
  .transform((text) =>
    text.split(",").map((pair) => {
      const [id = "", key = ""] = pair.split(":");
      return { id, key };
    }),
  );

const trimmed = (text: string) => text.replace(/\/$/, "");
const url = SafeUrl.transform(trimmed);

/** Optional settings of which each needs the others: half a set would look set up and do nothing. */
const SETS = [
  ["INFOBIP_BASE_URL", "INFOBIP_API_KEY", "INFOBIP_SENDER", "INFOBIP_REPORTS_SECRET"],
  ["ALARM_WEBHOOK_URL", "ALARM_WEBHOOK_SECRET"],
  [
    ...(["REFRESH_REQUESTS_URL", "REFRESH_REPLIES_URL"] as const),
    ...(["SQS_REGION", "SQS_ACCESS_KEY_ID", "SQS_SECRET_ACCESS_KEY"] as const),
  ],
  ["ALARM_MAIL_TO", "ALARM_MAIL_FROM"],
  ["SES_REGION", "SES_ACCESS_KEY_ID", "SES_SECRET_ACCESS_KEY"],
  ["SES_CONFIGURATION_SET", "SES_EVENTS_SECRET"],
] as const;
/** Settings that are of no use without another. */
const NEEDS = { ALARM_MAIL_TO: "SES_REGION", SES_CONFIGURATION_SET: "SES_REGION" } as const;

/** Every setting of the Worker. No secret has a default; README lists them, and a check compares the two. */
export const EnvSchema = z.object({
  /** Where patients, staff and carriers reach this Worker. */
  PUBLIC_URL: url,
  /** libSQL: one sqld, or a template with {database} for Turso. */
  STORE_URL: z.string().min(1),
  STORE_AUTH_TOKEN: z.string().min(1).optional(),
  /** sqld's admin address, for making databases; in a network of its own, so plain http is as good. */
  STORE_ADMIN_URL: z.url().transform(trimmed).optional(),
  /** Wraps every tenant's keys: `name:base64,…`, current first; older ones stay until all is re-wrapped. */
  KEY_ENCRYPTION_KEYS: keyList,
  /** Signs survey links and callback addresses: `name:base64,…`, current first. */
  LINK_KEYS: keyList,
  /** Signs the operator's requests: `whsec_…`, and after a comma one that is still accepted while it is changed. */
  OPERATOR_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/=]+(,whsec_[A-Za-z0-9+/=]+)*$/, "expected whsec_ and base64, current first")
    .transform((text) => text.split(",")),
  TWILIO_BASE_URL: url.default("https://api.twilio.com"),
  TWILIO_ACCOUNT_SID: z.string().min(1),
  TWILIO_AUTH_TOKEN: z.string().min(1),
  TWILIO_MESSAGING_SERVICE_SID: z.string().min(1),
  /** A second carrier for texts, when set: the account's own address, its key, and the number or name that speaks. */
  INFOBIP_BASE_URL: url.optional(),
  INFOBIP_API_KEY: z.string().min(16).optional(),
  INFOBIP_SENDER: z.string().min(1).optional(),
  /** The password with which Infobip posts its reports (user `hearback`). */
  INFOBIP_REPORTS_SECRET: z.string().min(16).optional(),
  /** `everyone`, or the only numbers and mail addresses that messages may go to: `+12025550101,a@b.example`. */
  TEXT_ALLOW_LIST: z
    .string()
    .regex(
      /^(everyone|none|(\+\d{8,15}|[^\s,@]+@[^\s,@]+)(,(\+\d{8,15}|[^\s,@]+@[^\s,@]+))*)$/,
      "expected everyone, none, or E.164 numbers and mail addresses",
    ),
  OIDC_ISSUER: url,
  OIDC_CLIENT_ID: z.string().min(1),
  OIDC_CLIENT_SECRET: z.string().min(1),
  /** Values of the id token's `amr` or `acr` that mean a second factor was used: `mfa,…`. */
  OIDC_MFA_VALUES: z
    .string()
    .default("mfa")
    .transform((text) => text.split(",").map((value) => value.trim())),
  /** Read by whoever collects /metrics, as a bearer token. */
  METRICS_TOKEN: z.string().min(16),
  /** Alarms are posted here, signed like every webhook of ours, when set. */
  ALARM_WEBHOOK_URL: url.optional(),
  ALARM_WEBHOOK_SECRET: z.string().startsWith("whsec_").optional(),
  /** And mailed to these addresses (`a@b.example,c@b.example`) through Amazon SES, when set. */
  ALARM_MAIL_TO: z
    .string()
    .transform((text) => text.split(",").map((address) => address.trim()))
    .pipe(z.array(z.email()))
    .optional(),
  ALARM_MAIL_FROM: z.email().optional(),
  SES_REGION: z.string().min(1).optional(),
  SES_ACCESS_KEY_ID: z.string().min(1).optional(),
  SES_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  /** By default Amazon's own for the region. */
  SES_BASE_URL: url.optional(),
  /** Two FIFO queues over which programs at clinics' sides are asked to read their databases, when set. */
  REFRESH_REQUESTS_URL: url.optional(),
  REFRESH_REPLIES_URL: url.optional(),
  SQS_REGION: z.string().min(1).optional(),
  SQS_ACCESS_KEY_ID: z.string().min(1).optional(),
  SQS_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  /** Mail to patients, when set: the configuration set that reports what becomes of it, and the reports' password. */
  SES_CONFIGURATION_SET: z.string().min(1).optional(),
  SES_EVENTS_SECRET: z.string().min(16).optional(),
  /** How many messages a second one sender may hand over. */
  SENDER_RATE_PER_SECOND: z.coerce.number().min(0.1).max(1000).default(10),
  /** How long a hand-over in doubt is left to its callback before the provider's list is asked. */
  RECONCILE_AFTER_SECONDS: z.coerce.number().min(1).max(900).default(120),
});

/** The platform's own parts, by wrangler.toml. */
export type Bindings = {
  WAKE: Queue<WakeMessage>;
  RATE_BUCKET: DurableObjectNamespace;
  ANSWER_SPOOL: DurableObjectNamespace;
};

/** A wake-up: this tenant has, or may have, work. Carries nothing else, because it may be lost or repeated. */
export type WakeMessage = { tenantId: string };

export type Env = z.infer<typeof EnvSchema> & Bindings;

const parsed = new WeakMap<object, Env>();

/** The settings, checked once for each isolate. Throws BAD_ENVIRONMENT naming every setting that is wrong, not its value. */
export function readEnv(raw: object): Env {
  const known = parsed.get(raw);
  if (known) return known;
  const result = EnvSchema.superRefine(refuseHalfSets).safeParse(raw);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => ({ field: issue.path.join("."), problem: issue.message }));
    const names = [...new Set(problems.map((problem) => problem.field))].join(", ");
    throw new HearbackError("BAD_ENVIRONMENT", `settings missing or malformed: ${names}`, { problems });
  }
  const env = { ...result.data, ...pickBindings(raw as Bindings) };
  parsed.set(raw, env);
  return env;
}

function pickBindings(raw: Bindings): Bindings {
  return { WAKE: raw.WAKE, RATE_BUCKET: raw.RATE_BUCKET, ANSWER_SPOOL: raw.ANSWER_SPOOL };
}

function refuseHalfSets(env: z.infer<typeof EnvSchema>, context: z.RefinementCtx): void {
  for (const set of SETS) {
    const missing = set.filter((name) => env[name] === undefined);
    if (missing.length === set.length) continue;
    for (const name of missing)
      context.addIssue({ code: "custom", path: [name], message: `goes with ${set.join(", ")}` });
  }
  for (const [name, needed] of Object.entries(NEEDS) as [keyof typeof NEEDS, "SES_REGION"][]) {
    if (env[name] !== undefined && env[needed] === undefined)
      context.addIssue({ code: "custom", path: [needed], message: `is needed for ${name}` });
  }
}

export type SesAccount = { region: string; accessKeyId: string; secretAccessKey: string; baseUrl: string };

/** The account with Amazon SES; null when there is none. */
export function sesAccount(env: Env): SesAccount | null {
  const { SES_REGION: region, SES_ACCESS_KEY_ID: accessKeyId, SES_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!region || !accessKeyId || !secretAccessKey) return null;
  return { region, accessKeyId, secretAccessKey, baseUrl: env.SES_BASE_URL ?? `https://email.${region}.amazonaws.com` };
}
