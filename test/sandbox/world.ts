import { randomBytes } from "node:crypto";
import { type CallHarbor, startCallHarbor } from "./callharbor/start.ts";
import { type EdgeSettings, sandboxSecrets } from "./edge.ts";
import { type Infobip, startInfobip } from "./infobip/start.ts";
import { sesSettings } from "./mailbox/ses-settings.ts";
import type { Credentials } from "./mailbox/sigv4.ts";
import { type Mailbox, startMailbox } from "./mailbox/start.ts";
import { type Oidc, startOidc } from "./oidc/start.ts";
import { type PracticeFusion, startPracticeFusion } from "./practice-fusion/start.ts";
import { inventAll, ownersOf } from "./practices/invent-all.ts";
import type { Practices } from "./practices/start.ts";
import { serveApp } from "./serve.ts";
import { type Sqld, startSqld } from "./sqld.ts";
import { startTwilio, type Twilio } from "./twilio/start.ts";
import { indexPage } from "./world/index-page.ts";
import { phoneNames } from "./world/phone-names.ts";
import { placesOf } from "./world/places.ts";

/** What patients see as the sender of Common Ground. */
export const CLINIC_NUMBER = "+12025550199";

export type WorldOptions = {
  /** Where staff come back to after signing in, such as `http://localhost:8787/sign-in/done`. */
  redirectUris: string[];
  /** Secrets to go on with; new ones without it. A store that is kept needs the keys it was written with. */
  secrets?: EdgeSettings;
  /** Where the store keeps its data; a temporary folder without it. */
  storeFolder?: string;
  /** Also the systems of the clinics that are imported from; they take seconds to start. */
  withPractices?: boolean;
  /** One line for each part that is up. */
  onProgress?: (line: string) => void;
};

export type World = {
  /** The page that leads to all the others. */
  url: string;
  sqld: Sqld;
  twilio: Twilio;
  infobip: Infobip;
  mailbox: Mailbox;
  oidc: Oidc;
  practiceFusion: PracticeFusion;
  callHarbor: CallHarbor;
  /** Null unless they were asked for. */
  practices: Practices | null;
  /** All that the Worker must be told to live in this world. */
  edgeSettings: EdgeSettings;
  /** The settings with which the container finds the pretend EHR and its sign-in codes. */
  ehrSettings: Record<string, string>;
  close(): Promise<void>;
};

/** Brings the whole pretend outside world up. What was started is stopped again if a part of it fails. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const opened: { close(): Promise<void> }[] = [];
  const up = async <Part extends { close(): Promise<void> }>(part: Promise<Part>, line: (part: Part) => string) => {
    const ready = await part;
    opened.push(ready);
    options.onProgress?.(line(ready));
    return ready;
  };
  const close = async () => void (await Promise.all(opened.splice(0).map((part) => part.close())));
  try {
    return { ...(await openAll(options, up)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Up = <Part extends { close(): Promise<void> }>(part: Promise<Part>, line: (part: Part) => string) => Promise<Part>;

async function openAll(options: WorldOptions, up: Up): Promise<Omit<World, "close">> {
  const secrets = options.secrets ?? sandboxSecrets();
  const ehr = ehrAccounts();
  const mailKeys = { accessKeyId: `AKID${randomBytes(8).toString("hex").toUpperCase()}`, secretAccessKey: secret() };
  const now = Date.now();
  const invented = options.withPractices ? inventAll(now) : null;
  // Seconds of work that nothing else waits for.
  const starting =
    invented &&
    import("./practices/start.ts").then(({ startPractices }) =>
      startPractices(invented, new Date(now).toISOString().slice(0, 10)),
    );
  const sqld = await up(
    startSqld(options.storeFolder ? { folder: options.storeFolder } : {}),
    (part) => `store           ${part.url}`,
  );
  const twilio = await up(
    startTwilio(twilioOptions(secrets, { ...phoneNames(now), ...ownersOf(invented ?? {}) })),
    (part) => `phones          ${part.url}/phone`,
  );
  const onText: Twilio["showText"] = (text) => twilio.showText(text);
  const infobip = await up(startInfobip({ apiKey: secret(), onText }), (part) => `second carrier  ${part.url}`);
  const mailbox = await up(startMailbox(mailKeys), (part) => `mailbox         ${part.url}/mailbox`);
  const client = { clientId: secrets.OIDC_CLIENT_ID ?? "hearback", redirectUris: options.redirectUris };
  const clients = [{ ...client, ...(secrets.OIDC_CLIENT_SECRET ? { clientSecret: secrets.OIDC_CLIENT_SECRET } : {}) }];
  const oidc = await up(startOidc({ clients }), (part) => `sign-in         ${part.issuer}`);
  const callHarbor = await up(startCallHarbor({ account: ehr.portal }), (part) => `clinic's phone  ${part.url}`);
  const sendText = (text: string) => callHarbor.receive(text);
  const practiceFusion = await up(
    startPracticeFusion({ account: ehr.account, sendText }),
    (part) => `EHR             ${part.url}`,
  );
  const practices =
    starting && (await up(starting, (part) => `clinics' own    ${part.concrete.url}, ${part.sycle.url}`));
  const parts = { sqld, twilio, infobip, mailbox, oidc, callHarbor, practiceFusion, practices };
  const index = await up(serveApp(indexPage(placesOf(parts, ehr), parts)), (part) => `all of it       ${part.url}`);
  return {
    url: index.url,
    ...parts,
    edgeSettings: edgeSettings(secrets, mailKeys, parts),
    ehrSettings: ehrSettings(ehr, parts),
  };
}

export type Parts = Omit<World, "url" | "edgeSettings" | "ehrSettings" | "close">;

function twilioOptions(secrets: EdgeSettings, phoneNames: Record<string, string>) {
  const serviceSid = secrets.TWILIO_MESSAGING_SERVICE_SID;
  return {
    accountSid: secrets.TWILIO_ACCOUNT_SID ?? "",
    authToken: secrets.TWILIO_AUTH_TOKEN ?? "",
    senders: [{ number: CLINIC_NUMBER, name: "Common Ground", ...(serviceSid ? { serviceSid } : {}) }],
    phoneNames,
    // Slow enough to watch a text go from sent to delivered.
    tuning: { statusStepMs: 150 },
  };
}

function edgeSettings(
  secrets: EdgeSettings,
  mailKeys: Credentials,
  { sqld, twilio, infobip, oidc, mailbox, practices }: Parts,
): EdgeSettings {
  return {
    ...secrets,
    STORE_URL: sqld.url,
    STORE_ADMIN_URL: sqld.adminUrl,
    TWILIO_BASE_URL: twilio.url,
    ...sesSettings(mailbox, mailKeys, secrets.SES_EVENTS_SECRET ?? secret()),
    INFOBIP_BASE_URL: infobip.url,
    INFOBIP_API_KEY: infobip.apiKey,
    INFOBIP_SENDER: "12025550198",
    INFOBIP_REPORTS_SECRET: secrets.INFOBIP_REPORTS_SECRET ?? secret(),
    ...practices?.queueSettings,
    OIDC_ISSUER: oidc.issuer,
    ALARM_WEBHOOK_URL: mailbox.hookUrl("alarms"),
    ALARM_WEBHOOK_SECRET: secrets.ALARM_WEBHOOK_SECRET ?? `whsec_${secret()}`,
  };
}

export type EhrAccounts = ReturnType<typeof ehrAccounts>;

function ehrAccounts() {
  return {
    account: { username: "desk@clinic.example", password: password() },
    portal: { username: "phone@clinic.example", password: password(), totpSecret: base32(20) },
  };
}

function ehrSettings({ account, portal }: EhrAccounts, { practiceFusion, callHarbor }: Parts): Record<string, string> {
  return {
    PRACTICEFUSION_URL: practiceFusion.url,
    PRACTICEFUSION_USERNAME: account.username,
    PRACTICEFUSION_PASSWORD: account.password,
    CALLHARBOR_URL: callHarbor.url,
    CALLHARBOR_USERNAME: portal.username,
    CALLHARBOR_PASSWORD: portal.password,
    CALLHARBOR_MFA_SECRET: portal.totpSecret,
  };
}

/** Short, because people type it. */
function password(): string {
  return randomBytes(6).toString("hex");
}

function secret(): string {
  return randomBytes(24).toString("base64");
}

function base32(bytes: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return [...randomBytes(bytes)].map((byte) => alphabet[byte % 32]).join("");
}
