/** `npm start`: the whole desk on one machine. See `HELP`. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sql } from "drizzle-orm";
import { connect } from "../db/connect.ts";
import { eventually, operator } from "./harness.ts";
import { type Edge, sandboxSecrets, startEdge } from "./sandbox/edge.ts";
import { freePort } from "./sandbox/free-port.ts";
import type { PracticeName } from "./sandbox/practices/invent-all.ts";
import { CLINIC_NUMBER, startWorld, type World } from "./sandbox/world.ts";
import { answerSurvey } from "./start/answer-survey.ts";
import { demoTenant } from "./start/demo-tenant.ts";
import { daysRead, numbersToText } from "./start/expect-texts.ts";
import { addKitClinic, importFirst, type KitClinic, keepContainer, remind } from "./start/kit-clinics.ts";
import { type RealParts, readRealParts, withRealParts } from "./start/real-parts.ts";
import { type Container, startContainer } from "./start/run-scraper.ts";
import { whereToLook } from "./start/where-to-look.ts";

const HELP = `npm start -- [options]

Brings up the store, the Worker, the containers' program and a pretend outside world. Makes a demo clinic, reads its
schedule and texts its patients; and the clinics bcb, mhc and ssm of the starter kits, imports what their own systems
have, reminds their patients, sends an offer to those who signed for offers, and leaves a mailing to be committed. Stays
up; the clock goes on striking every minute.

  --once        the demo clinic only: answer one survey as a patient would, print one line of JSON, and stop (exit 1
                when a number is wrong)
  --port N      the Worker's port (8787, or a free one)
  --live        with a real Twilio account in .env: text everyone, not only TEXT_ALLOW_LIST
  --help        show this`;

const { values: options } = parseArgs({
  options: {
    once: { type: "boolean", default: false },
    live: { type: "boolean", default: false },
    port: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

/** Invented people are not texted for real, and one survey is answered without them. */
const hasKits = !options.once && !options.live;

const say = (line: string) => console.error(`  ${line}`);

type Desk = { world: World; edge: Edge; real: RealParts; ehr: Record<string, string>; slug: string };

/** Sandbox, Worker and demo clinic; nothing read yet. */
async function open(): Promise<Desk> {
  const port = Number(options.port ?? 0) || (await portOr(8787));
  const url = `http://localhost:${port}`;
  const real = readRealParts(".env", options.live);
  if (real.names.length > 0) say(`real, by .env    ${real.names.join(", ")}`);
  const secrets = sandboxSecrets();
  const world = await startWorld({
    redirectUris: [`${url}/sign-in/done`],
    secrets,
    withPractices: hasKits,
    onProgress: say,
  });
  const edge = await startEdge(withRealParts(world.edgeSettings, real), { port, quiet: true });
  say(`Worker          ${edge.url}`);
  const tenant = demoTenant();
  const answer = await operator(edge, "/admin/v1/tenants", tenant);
  if (!answer.ok) throw new Error(`the demo clinic was not made: ${await answer.text()}`);
  const { key } = (await answer.json()) as { key: { id: string; secret: string } };
  say(`clinic          ${tenant.name} (${tenant.settings.office.timeZone})`);
  listenForReplies(world, edge, tenant.slug);
  const ehr = {
    ...withRealParts(world.ehrSettings, real),
    EDGE_URL: edge.url,
    EDGE_TENANT: tenant.slug,
    EDGE_KEY_ID: key.id,
    EDGE_KEY_SECRET: key.secret,
    SESSION_STATE_DIR: await mkdtemp(join(tmpdir(), "hearback-session-")),
    SESSION_STATE_KEY: randomBytes(32).toString("base64"),
  };
  return { world, edge, real, ehr, slug: tenant.slug };
}

/** What a patient types on a pretend phone reaches the Worker, as Twilio would bring it, and so do the reports of Infobip and SES. */
function listenForReplies({ twilio, infobip, mailbox }: World, edge: Edge, slug: string): void {
  mailbox.subscribe({
    url: `${edge.url}/t/${slug}/ses/events`,
    username: "hearback",
    password: edge.settings.SES_EVENTS_SECRET ?? "",
  });
  infobip.subscribe("*", {
    url: `${edge.url}/t/${slug}/infobip/reports`,
    inboundUrl: `${edge.url}/t/${slug}/infobip/inbound`,
    username: "hearback",
    password: edge.settings.INFOBIP_REPORTS_SECRET ?? "",
  });
  twilio.addSender({
    number: CLINIC_NUMBER,
    name: "Common Ground",
    serviceSid: edge.settings.TWILIO_MESSAGING_SERVICE_SID ?? "",
    inboundUrl: `${edge.url}/t/${slug}/twilio/inbound`,
  });
}

/** Reads the schedule and sends what is due; resolves when every text that should go has gone. */
async function mainJob(desk: Desk): Promise<{ texted: number; expected: number }> {
  say("reading the schedule: sign-in, code by phone, three days …");
  const onLine = (line: string) => {
    const step = JSON.parse(line) as { event?: string; day?: string; step?: string };
    if (step.event !== "step") say(`  ${step.event ?? line}`);
  };
  const code = await startContainer(desk.ehr, { onLine }).ended;
  if (code !== 0) throw new Error(`the scraper ended with ${code}`);
  const expected = numbersToText(daysRead(2), demoTenant().settings.ask).size;
  await desk.edge.cron();
  const own = () => desk.world.twilio.messages().filter(({ from }) => from === CLINIC_NUMBER);
  const texted = () => new Set(own().map(({ to }) => to)).size;
  await eventually(async () => texted() >= expected, 60_000).catch(() => undefined);
  await desk.world.twilio.settled();
  say(`texted ${texted()} of ${expected} patients who were seen`);
  return { texted: texted(), expected };
}

/** The counts of design's JSON line, from the database itself. */
async function count(desk: Desk, query: string): Promise<number> {
  const db = connect({ url: desk.world.sqld.url, deadlineMs: 10_000 }, `tenant-${desk.slug}`);
  const [row] = await db.all<{ n: number }>(sql.raw(query));
  return row?.n ?? 0;
}

function firstLink(desk: Desk): string {
  const link = desk.world.twilio
    .messages()
    .map((message) => /https?:\/\/\S+\/s\/\S+/.exec(message.body)?.[0])
    .find(Boolean);
  if (!link) throw new Error("no text carries a link");
  return link;
}

async function runOnce(desk: Desk, startedAt: number): Promise<boolean> {
  const { texted, expected } = await mainJob(desk);
  const heading = await answerSurvey(firstLink(desk));
  say(`answered one survey: “${heading}”`);
  const scraped = daysRead(2).length * 24;
  const stored = await count(desk, "SELECT count(*) AS n FROM appointments");
  const answered = await count(desk, "SELECT count(*) AS n FROM responses WHERE status = 'completed'");
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  console.log(JSON.stringify({ scraped, stored, texted, answered, seconds }));
  return scraped === stored && texted === expected && texted > 0 && answered === 1;
}

/** The clinics of the starter kits, each by its kit alone: made, imported, its patients reminded, its container at work. */
async function addKits(desk: Desk): Promise<{ clinic: KitClinic; container: Container }[]> {
  if (!hasKits) return [];
  const parts = { ...desk, say };
  const slugs: PracticeName[] = ["bcb", "mhc", "ssm"];
  return Promise.all(
    slugs.map(async (slug) => {
      const clinic = await addKitClinic(slug, parts);
      const rows = await importFirst(clinic, parts);
      say(`${slug.padEnd(15)} ${rows} rows imported`);
      const container = keepContainer(clinic);
      await remind(clinic, parts);
      return { clinic, container };
    }),
  );
}

async function portOr(wanted: number): Promise<number> {
  const taken = await fetch(`http://127.0.0.1:${wanted}`).then(
    () => true,
    () => false,
  );
  return taken ? freePort() : wanted;
}

async function main(): Promise<number> {
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const startedAt = performance.now();
  const desk = await open();
  try {
    if (options.once) return (await runOnce(desk, startedAt)) ? 0 : 1;
    const [, kits] = await Promise.all([mainJob(desk), addKits(desk)]);
    const clinics = kits.map(({ clinic }) => clinic);
    console.log(whereToLook(desk, firstLink(desk), clinics));
    const clock = setInterval(() => void desk.edge.cron().catch(() => undefined), 60_000);
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    clearInterval(clock);
    await Promise.all(kits.map(({ container }) => container.stop()));
    return 0;
  } finally {
    await desk.edge.close();
    await desk.world.close();
  }
}

process.exitCode = await main();
