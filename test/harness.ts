import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import type * as z from "zod";
import { connect, type Db } from "../db/connect.ts";
import { tenants } from "../db/schema/directory.ts";
import { nextDigest } from "../edge/contract/appointments.ts";
import type { TenantSettings } from "../edge/tenant-settings.ts";
import { commonGroundTenant } from "../templates/tenants/common-ground.ts";
import { type Edge, type EdgeOptions, type EdgeSettings, sandboxSecrets, startEdge } from "./sandbox/edge.ts";
import { type Sqld, startSqld } from "./sandbox/sqld.ts";
import { startTwilio, type Twilio } from "./sandbox/twilio/start.ts";

/** The real parts around the real Worker: sqld, workerd, and the pretend Twilio. */
export type Desk = {
  sqld: Sqld;
  twilio: Twilio;
  edge: Edge;
  /** Makes a tenant of its own, so that tests never share one. */
  addTenant(changes?: TenantChanges): Promise<Clinic>;
  /** Makes the clinic due, lets the clock strike, and waits for the end of its turn, unless that takes very long. */
  strike(clinic: Pick<Clinic, "slug" | "db">): Promise<void>;
  /** A look into the directory. */
  directory: Db;
  close(): Promise<void>;
};

export type TenantChanges = {
  slug?: string;
  staff?: ReturnType<typeof commonGroundTenant>["staff"];
  settings?: DeepPartial<z.input<typeof TenantSettings>>;
};
type DeepPartial<T> = {
  [Key in keyof T]?: NonNullable<T[Key]> extends unknown[]
    ? T[Key]
    : NonNullable<T[Key]> extends object
      ? DeepPartial<NonNullable<T[Key]>>
      : T[Key];
};

/** One clinic at the desk, with its machine key and a look into its database. */
export type Clinic = {
  slug: string;
  key: { id: string; secret: string };
  db: Db;
  /** A signed request as the container makes it. */
  send(path: string, body: unknown, options?: SendOptions): Promise<Response>;
  /** Pushes one day's whole snapshot in chunks and returns the last answer. */
  push(on: string, rows: object[], options?: { runId?: string; chunkRows?: number }): Promise<Response>;
};

type SendOptions = { id?: string; at?: Date; key?: { id: string; secret: string }; raw?: string };

/** Less than in production, so that a test that strikes the clock many times does not wait a second for each. */
const BATCH_SECONDS = 0.1;
/** Where the store is away, or the clinic closed, no turn may end. */
const LONGEST_TURN_MS = 10_000;

/** Starts everything. `settings` override the Worker's. Close it in `afterAll`. */
export async function startDesk(
  settings: EdgeSettings = {},
  options: Pick<EdgeOptions, "port" | "folder" | "heapMB" | "losesMessages"> = {},
): Promise<Desk> {
  const sqld = await startSqld();
  const secrets = sandboxSecrets();
  const twilio = await startTwilio({
    accountSid: secrets.TWILIO_ACCOUNT_SID ?? "",
    authToken: secrets.TWILIO_AUTH_TOKEN ?? "",
    senders: [
      { number: "+12025550199", name: "Common Ground", serviceSid: secrets.TWILIO_MESSAGING_SERVICE_SID ?? "" },
    ],
  });
  const store = { STORE_URL: sqld.url, STORE_ADMIN_URL: sqld.adminUrl };
  const all = { ...secrets, ...store, TWILIO_BASE_URL: twilio.url, ...settings };
  const edge = await startEdge(all, { quiet: true, batchSeconds: BATCH_SECONDS, ...options });
  const directory = connect({ url: sqld.url, deadlineMs: 10_000 }, "directory");
  return {
    sqld,
    twilio,
    edge,
    directory,
    addTenant: (changes = {}) => addClinic(edge, sqld, changes),
    strike: async (clinic) => {
      await makeNudgesDue(clinic);
      await directory.update(tenants).set({ nextDueAt: Date.now() }).where(eq(tenants.slug, clinic.slug));
      const from = { at: Date.now(), line: edge.logs.length };
      await edge.cron();
      await eventually(async () => hasTurned(edge, clinic, from), LONGEST_TURN_MS).catch(() => undefined);
    },
    close: async () => {
      await edge.close();
      await twilio.close();
      await sqld.close();
    },
  };
}

/** Whether a turn of the clinic's that began after this moment has ended, by the Worker's log. */
function hasTurned(edge: Edge, { slug }: Pick<Clinic, "slug">, from: { at: number; line: number }): boolean {
  const turns = edge.logs
    .slice(from.line)
    .filter((line) => line.startsWith("{") && line.includes('"tick"') && line.includes(`"${slug}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const begun = turns.find((line) => line.run_status === "started" && Date.parse(String(line.timestamp)) >= from.at);
  return begun !== undefined && turns.some((line) => line.run_id === begun.run_id && line.duration_ms !== undefined);
}

/** Makes a clinic at an edge whose store is this sqld. */
export async function addClinic(edge: Edge, sqld: Sqld, changes: TenantChanges): Promise<Clinic> {
  const slug = changes.slug ?? `clinic-${randomUUID().slice(0, 8)}`;
  const tenant = commonGroundTenant();
  // No wait after a visit: one that began at midnight is due a minute later, too.
  const settings: Record<string, unknown> = { ...tenant.settings, ask: { ...tenant.settings.ask, delayMinutes: 0 } };
  for (const [part, change] of Object.entries(changes.settings ?? {})) {
    settings[part] = Array.isArray(change) ? change : { ...(settings[part] as object), ...change };
  }
  const answer = await operator(edge, "/admin/v1/tenants", {
    ...tenant,
    slug,
    settings,
    ...(changes.staff && { staff: changes.staff }),
  });
  if (answer.status !== 201) throw new Error(`tenant not added: ${answer.status} ${await answer.text()}`);
  const { key, database } = (await answer.json()) as { key: Clinic["key"]; database: string };
  const db = connect({ url: sqld.url, deadlineMs: 10_000 }, database);
  const send: Clinic["send"] = (path, body, options = {}) =>
    signedPost(`${edge.url}/t/${slug}/api/v1${path}`, options.key ?? key, options.raw ?? JSON.stringify(body), options);
  return { slug, key, db, send, push: (on, rows, options) => pushDay(send, on, rows, options) };
}

/** As if the minutes between two runs of the nudges had passed. */
export async function makeNudgesDue({ db }: Pick<Clinic, "db">): Promise<void> {
  await db.run(
    sql`UPDATE schedules SET next_run_at = min(next_run_at, ${Date.now()}) WHERE kind = 'nudges' AND is_active = 1`,
  );
}

/** A request signed as the operator's command line signs. */
export function operator(edge: Edge, path: string, body: unknown): Promise<Response> {
  const secret = edge.settings.OPERATOR_SECRET ?? "";
  return signedPost(`${edge.url}${path}`, { id: "operator", secret }, JSON.stringify(body), {});
}

/** A request signed as the container signs. */
export async function signedPost(
  url: string,
  key: Clinic["key"],
  body: string,
  options: SendOptions,
): Promise<Response> {
  const id = options.id ?? `msg_${randomUUID()}`;
  const at = options.at ?? new Date();
  const headers = {
    "content-type": "application/json",
    "hearback-key": key.id,
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(key.secret).sign(id, at, body),
  };
  return fetch(url, { method: "POST", headers, body });
}

async function pushDay(
  send: Clinic["send"],
  on: string,
  rows: object[],
  { runId = randomUUID(), chunkRows = 200 }: { runId?: string; chunkRows?: number } = {},
): Promise<Response> {
  let digest = "";
  const chunks = Math.max(1, Math.ceil(rows.length / chunkRows));
  for (let sequence = 0; ; sequence += 1) {
    const part = rows.slice(sequence * chunkRows, (sequence + 1) * chunkRows);
    digest = await nextDigest(digest, part);
    const isLast = sequence === chunks - 1;
    const end = isLast ? { end: { count: rows.length, digest, layout: "print" } } : {};
    const answer = await send("/appointments", { runId, source: "practice-fusion", on, sequence, rows: part, ...end });
    if (isLast || !answer.ok) return answer;
  }
}

/**
 * Asks until the check gives something other than null, undefined or false; fails after the deadline, which is long
 * enough for a machine that is busy with much else. The pauses grow: asking takes the time of what is asked about.
 */
export async function eventually<Value>(
  check: () => Promise<Value | null | undefined | false>,
  deadlineMs = 30_000,
): Promise<Value> {
  const until = Date.now() + deadlineMs;
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 1.3, 100)) {
    const value = await check();
    if (value) return value;
    if (Date.now() > until) throw new Error("it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
