import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";

/** Settings that belong together: an outside part is real when the first of them is in `.env`. */
const PARTS: Record<string, { first: string; all: string[] }> = {
  Twilio: {
    first: "TWILIO_ACCOUNT_SID",
    all: ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_MESSAGING_SERVICE_SID", "TWILIO_BASE_URL"],
  },
  Infobip: {
    first: "INFOBIP_API_KEY",
    all: ["INFOBIP_BASE_URL", "INFOBIP_API_KEY", "INFOBIP_SENDER", "INFOBIP_REPORTS_SECRET"],
  },
  "Amazon SES": {
    first: "SES_ACCESS_KEY_ID",
    all: [
      "SES_REGION",
      "SES_ACCESS_KEY_ID",
      "SES_SECRET_ACCESS_KEY",
      "SES_BASE_URL",
      "SES_CONFIGURATION_SET",
      "SES_EVENTS_SECRET",
    ],
  },
  store: { first: "STORE_URL", all: ["STORE_URL", "STORE_AUTH_TOKEN", "STORE_ADMIN_URL"] },
  "identity provider": { first: "OIDC_ISSUER", all: ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"] },
  "alarm webhook": { first: "ALARM_WEBHOOK_URL", all: ["ALARM_WEBHOOK_URL", "ALARM_WEBHOOK_SECRET"] },
  EHR: {
    first: "PRACTICEFUSION_USERNAME",
    all: [
      "PRACTICEFUSION_URL",
      "PRACTICEFUSION_USERNAME",
      "PRACTICEFUSION_PASSWORD",
      "CALLHARBOR_URL",
      "CALLHARBOR_USERNAME",
      "CALLHARBOR_PASSWORD",
      "CALLHARBOR_MFA_SECRET",
    ],
  },
  Concrete: {
    first: "CONCRETE_URL",
    all: ["CONCRETE_URL", "CONCRETE_USERNAME", "CONCRETE_PASSWORD", "CONCRETE_WSDL", "CONCRETE_WSDL_SHA256"],
  },
  Sycle: { first: "SYCLE_DATABASE_URL", all: ["SYCLE_DATABASE_URL", "SYCLE_MAPPING"] },
  CASS: { first: "CASSIFY_URL", all: ["CASSIFY_URL", "CASSIFY_KEY"] },
};

export type RealParts = { settings: Record<string, string>; names: string[] };

/**
 * What `.env` says about outside parts. Real texts go to nobody but the numbers in
 * TEXT_ALLOW_LIST; to everyone only with `--live`.
 */
export function readRealParts(file: string, isLive: boolean): RealParts {
  const given = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  const real = Object.entries(PARTS).filter(([, part]) => given[part.first]);
  const settings = Object.fromEntries(Object.entries(given).filter(([, value]) => value)) as Record<string, string>;
  const names = real.map(([name]) => name);
  if (["Twilio", "Infobip", "Amazon SES"].some((name) => names.includes(name)))
    settings.TEXT_ALLOW_LIST = isLive ? "everyone" : allowList(settings.TEXT_ALLOW_LIST);
  else delete settings.TEXT_ALLOW_LIST;
  return { settings, names };
}

function allowList(given: string | undefined): string {
  return given && given !== "everyone" ? given : "none";
}

/**
 * The stand-ins' settings, with those of real parts in their place, part by part as a whole, so that a real account is
 * never used with a pretend address. With `only`, of these parts alone; else with all that `.env` says.
 */
export function withRealParts(
  standIns: Record<string, string>,
  real: RealParts,
  only?: string[],
): Record<string, string> {
  const parts = real.names.filter((name) => only?.includes(name) ?? true);
  const dropped = new Set(parts.flatMap((name) => PARTS[name]?.all ?? []));
  const kept = Object.entries(standIns).filter(([name]) => !dropped.has(name));
  const set = Object.entries(real.settings).filter(([name]) => !only || dropped.has(name));
  return Object.fromEntries([...kept, ...set]);
}
