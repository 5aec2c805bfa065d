import { sql } from "drizzle-orm";
import { connect, type Db } from "../../db/connect.ts";
import { UNREACHED } from "../../db/schema/engagement.ts";
import { eventually, operator, signedPost } from "../harness.ts";
import type { Edge } from "../sandbox/edge.ts";
import type { Person } from "../sandbox/practices/invent.ts";
import type { PracticeName } from "../sandbox/practices/invent-all.ts";
import type { World } from "../sandbox/world.ts";
import { demoKit, KITS } from "./demo-tenant.ts";
import { type RealParts, withRealParts } from "./real-parts.ts";
import { type Container, startContainer } from "./run-scraper.ts";
import { doStaffWork } from "./staff-work.ts";

export type KitClinic = {
  slug: PracticeName;
  name: string;
  /** What patients see as the sender: the number, and the first words of each text. */
  number: string;
  sender: string;
  /** The program that reads its source: its settings and options. */
  container: { env: Record<string, string>; args: string[] };
  key: { id: string; secret: string };
  /** Its letters are printed. */
  hasLetters: boolean;
  /** Everybody in its pretend source; nobody where the source is a real one. */
  people: Person[];
  db: Db;
};

/** On a busy machine a message may have to wait until its lease has run out. */
const REST_WITHIN_MS = 150_000;

type Parts = { world: World; edge: Edge; real: RealParts; say: (line: string) => void };

/** Which real part, if `.env` has it, takes the place of the clinic's pretend source. */
const SOURCE_PART: Record<PracticeName, string> = { bcb: "Concrete", mhc: "Sycle", ssm: "" };

/** Makes a clinic from its starter kit alone, with a sender of its own, and reaches it when its patients reply. */
export async function addKitClinic(slug: PracticeName, { world, edge, real }: Parts): Promise<KitClinic> {
  const isRealTwilio = real.names.includes("Twilio");
  const serviceSid = isRealTwilio ? undefined : `MG${slug.padEnd(32, "0")}`;
  const isAsked = slug === "mhc" && !real.names.includes("Sycle");
  const tenant = demoKit(slug, serviceSid, isAsked ? world.practices?.refresh : undefined);
  const answer = await operator(edge, "/admin/v1/tenants", tenant);
  if (!answer.ok) throw new Error(`${slug} was not made: ${await answer.text()}`);
  const { key, database } = (await answer.json()) as { key: { id: string; secret: string }; database: string };
  const { number } = KITS[slug];
  const inboundUrl = `${edge.url}/t/${slug}/twilio/inbound`;
  world.twilio.addSender({ number, name: tenant.name, inboundUrl, ...(serviceSid && { serviceSid }) });
  const container = isAsked ? programAtSide(slug, key, world, edge) : containerOf(slug, key, { world, edge, real });
  return {
    slug,
    name: tenant.name,
    number,
    sender: tenant.settings.messages.senderName,
    container,
    key,
    hasLetters: "print" in tenant.settings,
    people: real.names.includes(SOURCE_PART[slug]) ? [] : (world.practices?.invented[slug].people ?? []),
    db: connect({ url: edge.settings.STORE_URL ?? "", deadlineMs: 10_000 }, database),
  };
}

/** The program at the clinic's own side, which is asked over the queues. */
function programAtSide(slug: PracticeName, key: KitClinic["key"], { practices }: World, edge: Edge) {
  const file = practices?.writeClinics([{ tenant: slug, keyId: key.id, keySecret: key.secret }]) ?? "";
  return { env: { ...practices?.queueSettings, EDGE_URL: edge.url, REFRESH_CLINICS: file }, args: ["--requests"] };
}

function containerOf(slug: PracticeName, key: KitClinic["key"], { world, edge, real }: Omit<Parts, "say">) {
  const source = withRealParts(world.practices?.sourceSettings[slug] ?? {}, real, [SOURCE_PART[slug], "CASS"]);
  const own = { EDGE_URL: edge.url, EDGE_TENANT: slug, EDGE_KEY_ID: key.id, EDGE_KEY_SECRET: key.secret };
  return { env: { ...source, ...own }, args: [] };
}

/** The clinic's first import by its container; resolves with the rows that were read, when they are applied. */
export async function importFirst(clinic: KitClinic, { edge }: Parts): Promise<number> {
  let rows = 0;
  const onLine = (line: string) => {
    const { event, rows: count = 0 } = readLine(line);
    if (event === "import pushed") rows = count;
  };
  const { env, args } = clinic.container;
  if (args.includes("--requests")) await askOverQueue(clinic, edge);
  const code = await startContainer(env, { args, onLine }).ended;
  if (code !== 0) throw new Error(`the container of ${clinic.slug} ended with ${code}`);
  await untilNone(
    edge,
    clinic,
    sql`SELECT 1 FROM imports WHERE status IN ('staging', 'staged')
      UNION ALL SELECT 1 FROM jobs WHERE kind = 'import' AND status IN ('waiting', 'leased')`,
  );
  // So that the container finds the addresses to look up when it comes, and not a quarter of a minute later.
  if (looksUpAddresses(clinic))
    await untilNone(edge, clinic, sql`SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE kind = 'cassify')`);
  return rows;
}

/** Of a real source it is not known how many there are, and which. */
function looksUpAddresses({ hasLetters, people }: KitClinic): boolean {
  return hasLetters && people.length > 0;
}

/** The container stays, as it would at a clinic: each import when it is due, addresses looked up, files brought. */
export function keepContainer({ container }: KitClinic): Container {
  return startContainer(container.env, { args: [...container.args, "--loop"], onLine: () => {} });
}

/** What the clinic's staff do first, then its nudges; resolves with how many messages left, when all that is due has gone. */
export async function remind(clinic: KitClinic, { edge, real, say }: Omit<Parts, "world">): Promise<number> {
  const { slug, people } = clinic;
  // Invented staff sign in at the pretend identity provider only, and decide about invented people only.
  const hasStaff = people.length > 0 && !real.names.includes("identity provider");
  // Its letters wait for the address service: when that has answered, their list is right from the start.
  if (looksUpAddresses(clinic))
    await untilNone(edge, clinic, sql`SELECT 1 FROM addresses WHERE standard_source IS NOT 'cass'`);
  if (hasStaff) await doStaffWork(slug, edge, people);
  const answer = await operator(edge, "/admin/v1/nudges/run", { tenant: clinic.slug });
  if (!answer.ok) throw new Error(`the nudges of ${clinic.slug} did not run: ${await answer.text()}`);
  await untilNone(
    edge,
    clinic,
    sql`SELECT 1 FROM touches WHERE status = 'sending' OR (status = 'claimed' AND lease_until IS NOT NULL)
      OR (status = 'planned' AND due_at <= ${Date.now()}) OR ${sql.raw(UNREACHED)}`,
  );
  const [{ sent = 0, skipped = 0, letters = 0 } = {}] = await clinic.db.all<Record<string, number>>(sql`SELECT
    count(*) FILTER (WHERE status IN ('accepted', 'sent', 'delivered')) AS sent,
    count(*) FILTER (WHERE status = 'skipped') AS skipped,
    count(*) FILTER (WHERE channel = 'print' AND status = 'claimed') AS letters FROM touches`);
  const planned = letters > 0 ? `, ${letters} letters planned` : "";
  say(`${clinic.slug.padEnd(15)} ${sent} messages sent${planned}, ${skipped} not, with the reason`);
  return sent;
}

/** As when a slot of the clinic's schedule has come: the request is in the queue. */
async function askOverQueue({ slug, key, db }: KitClinic, edge: Edge): Promise<void> {
  const body = JSON.stringify({ kind: "import", source: "sycle" });
  const answer = await signedPost(`${edge.url}/t/${slug}/api/v1/jobs`, key, body, {});
  if (!answer.ok) throw new Error(`${slug} could not be asked: ${await answer.text()}`);
  await untilNone(edge, { slug, db }, sql`SELECT 1 FROM jobs WHERE status = 'waiting'`);
}

async function untilNone(
  edge: Edge,
  { slug, db }: Pick<KitClinic, "slug" | "db">,
  query: ReturnType<typeof sql>,
): Promise<void> {
  let strikeAt = 0;
  await eventually(async () => {
    if (Date.now() >= strikeAt) {
      strikeAt = Date.now() + 2_000;
      await edge.cron();
    }
    return (await db.all(query)).length === 0;
  }, REST_WITHIN_MS).catch(() => {
    throw new Error(`${slug} does not come to rest`);
  });
}

function readLine(line: string): { event?: string; rows?: number } {
  try {
    return JSON.parse(line) as { event?: string; rows?: number };
  } catch {
    return {};
  }
}
