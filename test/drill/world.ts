import { appendFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { eq, sql } from "drizzle-orm";
import { connect, type Db } from "../../db/connect.ts";
import { tenants } from "../../db/schema/directory.ts";
import { addClinic, type Clinic, type TenantChanges } from "../harness.ts";
import { type Edge, type EdgeOptions, type EdgeSettings, sandboxSecrets, startEdge } from "../sandbox/edge.ts";
import { workerdPid } from "../sandbox/processes.ts";
import { startTcpProxy, type TcpProxy } from "../sandbox/proxy.ts";
import { type Sqld, startSqld } from "../sandbox/sqld.ts";
import { startTwilio, type Twilio } from "../sandbox/twilio/start.ts";
import { openAllDay } from "../visits.ts";
import { type Checked, checkInvariants } from "./check.ts";
import { type Person, peopleOf } from "./people.ts";

export type WorldOptions = {
  settings?: EdgeSettings;
  tenant?: TenantChanges["settings"];
  /** Where sqld keeps its files, for drills of the disk. */
  folder?: string;
  /** Where Durable Objects keep their data, so that it outlives a killed Worker. */
  objectsFolder?: string;
  /** The queue loses every message. */
  losesMessages?: boolean;
  /** The most that each Worker's JavaScript may hold. */
  heapMB?: number;
};

/** The real parts with a faulty line between Worker and store, one clinic, and its invented people. */
export type World = {
  sqld: Sqld;
  /** The line between Worker and store. */
  line: TcpProxy;
  twilio: Twilio;
  clinic: Clinic;
  tenantId: string;
  directory: Db;
  people(count: number): Person[];
  edge(): Edge;
  /** Another Worker on the same store, as a second machine. */
  secondEdge(options?: EdgeOptions): Promise<Edge>;
  /** Kills workerd at once (SIGKILL). */
  killEdge(): Promise<void>;
  /** Starts a killed Worker again at its address. */
  restartEdge(): Promise<void>;
  /** The Worker at this address is another one, with these settings changed; what was under way is cut. */
  deploy(changed: EdgeSettings): Promise<void>;
  /** Wakes the clinic and waits until its run has ended. */
  wake(edge?: Edge): Promise<void>;
  /** Lets two minutes pass for every lease, by putting its end back as far. */
  passLeases(): Promise<void>;
  /** Wakes until nothing is under way any more; fails after the deadline. */
  settle(deadlineMs?: number): Promise<void>;
  /** What is, by count, such as `{delivered: 8}`. */
  statuses(): Promise<Record<string, number>>;
  /** What all Workers logged. */
  logs(): string[];
  check(answers?: Record<string, string>[]): Promise<Checked>;
  close(keep: boolean): Promise<void>;
};

const LEASE_MS = 120_000;

/** Starts everything. `script` is the Worker to use in place of the product's own bundle. */
export async function startWorld(
  options: WorldOptions,
  script: string | undefined,
  random: () => number,
): Promise<World> {
  const sqld = await startSqld(options.folder ? { folder: options.folder } : {});
  const line = await startTcpProxy(sqld.url);
  const secrets = sandboxSecrets();
  // Beside the store's folder, and kept like it when a drill fails.
  const ledgerFile = `${sqld.folder}-ledger.jsonl`;
  const twilio = await startDrillTwilio(secrets, random, ledgerFile);
  const settings: EdgeSettings = {
    ...secrets,
    STORE_URL: line.url,
    STORE_ADMIN_URL: sqld.adminUrl,
    TWILIO_BASE_URL: twilio.url,
    RECONCILE_AFTER_SECONDS: "1",
    SENDER_RATE_PER_SECOND: "1000",
    ...options.settings,
  };
  const losesMessages = options.losesMessages === true;
  const { objectsFolder: folder, heapMB } = options;
  const optional = { ...(script && { script }), ...(folder && { folder }), ...(heapMB && { heapMB }) };
  const own: EdgeOptions = { quiet: true, losesMessages, ...optional };
  let current = await startEdge(settings, own);
  const edges = [current];
  const clinic = await addClinic(current, sqld, { settings: { office: openAllDay, ...options.tenant } });
  const directory = connect({ url: sqld.url, deadlineMs: 10_000 }, "directory");
  const [row] = await directory.select({ id: tenants.id }).from(tenants).where(eq(tenants.slug, clinic.slug));
  const tenantId = row?.id ?? "";
  const canaries: string[] = [];
  let met = 0;

  const startAgain = async () => {
    current = await startEdge({ ...settings, PUBLIC_URL: current.url }, { ...own, port: portOf(current) });
    edges.push(current);
  };
  const world: World = {
    sqld,
    line,
    twilio,
    clinic,
    tenantId,
    directory,
    edge: () => current,
    people(count) {
      const people = peopleOf(met, count);
      met += count;
      canaries.push(...people.flatMap(({ patientName, phone }) => [patientName, phone]));
      return people;
    },
    async secondEdge(more) {
      const edge = await startEdge({ ...settings, PUBLIC_URL: current.url }, { ...own, ...more });
      edges.push(edge);
      return edge;
    },
    killEdge: async () => void process.kill(await workerdPid(portOf(current)), "SIGKILL"),
    async restartEdge() {
      // What is left of the old one lets go of its port in its own time.
      void current.close().catch(() => undefined);
      await startAgain();
    },
    async deploy(changed) {
      Object.assign(settings, changed);
      await current.close();
      await startAgain();
    },
    async wake(edge = current) {
      const worker = await edge.miniflare.getWorker();
      const id = `wake-${Math.floor(random() * 1e9)}`;
      await worker.queue("hearback-wake", [{ id, timestamp: new Date(), attempts: 1, body: { tenantId } }]);
    },
    passLeases: async () =>
      void (await clinic.db.run(
        sql`UPDATE touches SET lease_until = lease_until - ${LEASE_MS} WHERE lease_until IS NOT NULL`,
      )),
    async settle(deadlineMs = 20_000) {
      const until = Date.now() + deadlineMs;
      for (;;) {
        await world.wake();
        const open = await clinic.db.all(
          sql`SELECT 1 FROM touches WHERE status IN ('planned', 'claimed', 'sending', 'unknown') LIMIT 1`,
        );
        if (open.length === 0) return;
        if (Date.now() > until) throw new Error(`not settled: ${JSON.stringify(await world.statuses())}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    async statuses() {
      const rows = await clinic.db.all<{ status: string; n: number }>(
        sql`SELECT status, count(*) AS n FROM touches GROUP BY status`,
      );
      return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
    },
    logs: () => edges.flatMap((edge) => edge.logs),
    check: async (answers) => {
      const evidence = { db: clinic.db, folder: sqld.folder, ledger: twilio.ledger, logs: world.logs(), canaries };
      return checkInvariants(answers ? { ...evidence, answers } : evidence);
    },
    async close(keep) {
      for (const edge of edges) await edge.close().catch(() => undefined);
      await twilio.close();
      await line.close();
      await (keep ? sqld.kill() : sqld.close());
      if (!keep) await rm(ledgerFile, { force: true });
    },
  };
  return world;
}

function startDrillTwilio(secrets: EdgeSettings, random: () => number, ledgerFile: string): Promise<Twilio> {
  appendFileSync(ledgerFile, "");
  const sender = {
    number: "+12025550199",
    name: "Common Ground",
    serviceSid: secrets.TWILIO_MESSAGING_SERVICE_SID ?? "",
  };
  const { TWILIO_ACCOUNT_SID: accountSid = "", TWILIO_AUTH_TOKEN: authToken = "" } = secrets;
  return startTwilio({ accountSid, authToken, senders: [sender], random, ledgerFile });
}

function portOf(edge: Edge): number {
  return Number(new URL(edge.url).port);
}
