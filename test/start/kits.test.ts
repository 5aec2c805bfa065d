import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signIn } from "../console/sign-in.ts";
import { eventually } from "../harness.ts";
import { type Edge, sandboxSecrets, startEdge } from "../sandbox/edge.ts";
import { startWorld, type World } from "../sandbox/world.ts";
import { addKitClinic, importFirst, type KitClinic, keepContainer, remind } from "./kit-clinics.ts";
import type { Container } from "./run-scraper.ts";

let world: World;
let edge: Edge;
let clinics: KitClinic[];
const containers: Container[] = [];
const said: string[] = [];
const parts = () => ({ world, edge, real: { settings: {}, names: [] }, say: (line: string) => void said.push(line) });
const clinic = (slug: string) => {
  const found = clinics.find((each) => each.slug === slug);
  if (!found) throw new Error(`${slug} is missing`);
  return found;
};
beforeAll(async () => {
  // Not one of those that the world's many parts take by themselves, meanwhile.
  const port = 20_000 + (process.pid % 10_000);
  const redirectUris = [`http://localhost:${port}/sign-in/done`];
  world = await startWorld({ redirectUris, secrets: sandboxSecrets(), withPractices: true });
  edge = await startEdge(world.edgeSettings, { quiet: true, port });
  clinics = await Promise.all((["bcb", "mhc", "ssm"] as const).map((slug) => addKitClinic(slug, parts())));
});
afterAll(async () => {
  await Promise.all(containers.map(({ stop }) => stop()));
  await edge?.close();
  await world?.close();
});

test("a starter kit shows itself at work: imported by its container, reminded from its own number, and answered there", async () => {
  for (const each of clinics) {
    expect(await importFirst(each, parts())).toBeGreaterThan(70);
    containers.push(keepContainer(each));
    const sent = await remind(each, parts());
    // Three visits in two hours and six tomorrow; after eleven in the morning also who came yesterday.
    expect(sent).toBeGreaterThanOrEqual(9);
    const texts = world.twilio.messages().filter(({ from }) => from === each.number);
    expect(texts.length).toBe(sent);
    expect(new Set(texts.map(({ body }) => body.split(":")[0]))).toEqual(new Set([each.sender]));
  }
  expect(said).toHaveLength(3);
  const ssm = clinic("ssm");
  const [told] = world.twilio.messages().filter(({ from }) => from === ssm.number);
  await world.twilio.text({ from: told?.to ?? "", to: ssm.number, body: "STOP" });
  const stops = ({ db }: KitClinic) => db.all(sql`SELECT 1 FROM opt_outs`);
  await eventually(async () => (await stops(ssm)).length > 0);
  expect(await stops(clinic("bcb"))).toEqual([]);
}, 240_000);

test("an offer that the lead approved goes to those on whose signed paper it stands, and to nobody else, with the reason", async () => {
  const { db } = clinic("mhc");
  const yes = await db.all(sql`SELECT channel, purpose, wording, source, evidence IS NOT NULL AS proven FROM consents
    WHERE purpose = 'marketing' AND ended_at IS NULL`);
  const paper = { channel: "sms", purpose: "marketing", source: "form", proven: 1 };
  expect(yes).toEqual(Array.from({ length: 3 }, () => ({ ...paper, wording: expect.stringContaining("offers") })));
  expect(await offersOf(clinic("mhc"))).toHaveLength(6);
});

test("a letter goes from a nudge to a media buy, is committed in the console, and its file is seen in the printer's box", async () => {
  const bcb = clinic("bcb");
  expect(said.find((line) => line.startsWith("bcb"))).toMatch(/1\d letters planned/);
  const [buy] = await bcb.db.all<{ id: string; pieces: number }>(sql`SELECT id, (SELECT count(*) FROM touches
    WHERE media_buy_id = media_buys.id AND status = 'claimed') AS pieces FROM media_buys WHERE status = 'draft'`);
  // Whom no card can reach is told by text, where they signed for offers.
  const because = new Set((await offersOf(bcb)).map((offer) => offer.because));
  expect(because.size).toBeGreaterThan(0);
  expect(["address_not_deliverable", "unit_missing"]).toEqual(expect.arrayContaining([...because]));
  const box = async (path = "") => (await fetch(world.practices?.printer.pageUrl + path)).text();
  expect(await box()).toContain("No file yet");
  const lead = await signIn({ edge }, "clinic_lead");
  const own = `/t/bcb/media-buys/${buy?.id}`;
  expect(await (await lead.get(own)).text()).toContain(`${buy?.pieces} letters for $`);
  expect((await lead.post(`${own}/commit`)).status).toBe(303);
  await eventually(async () => {
    await edge.cron();
    return (await bcb.db.all(sql`SELECT 1 FROM media_buys WHERE status = 'in_production'`)).length === 1;
  }, 60_000);
  const [name] = [...(world.practices?.printer.files.keys() ?? [])];
  expect(await box()).toContain(`${buy?.pieces} pieces`);
  const file = await box(`/${name}`);
  expect(file).toMatch(/Arrived today/);
  expect(file.split("Birch Ave").length - 1).toBe(buy?.pieces);
  expect(file).toContain("ha pasado tiempo");
}, 240_000);

type Offer = { willing: number; status: string; reason: string | null; because: string | null };

/** The offer's texts, and in whose place; checks that they went to who said yes to offers, and not to anybody else. */
async function offersOf({ db }: KitClinic): Promise<Offer[]> {
  const offers = await db.all<Offer>(sql`SELECT touches.status, touches.reason, first.reason AS because,
      EXISTS (SELECT 1 FROM consents JOIN contact_points USING (address_key)
        WHERE contact_points.patient_id = touches.patient_id AND purpose = 'marketing') AS willing
    FROM touches LEFT JOIN touches AS first ON first.id = touches.stands_in_for
    WHERE touches.channel = 'sms'
      AND touches.nudge_id = (SELECT id FROM nudges WHERE code = 'aschh' AND approved_by LIKE 'staff:%')`);
  for (const { willing, status, reason } of offers) {
    if (reason === "holdout") continue;
    // At night an offer waits for the morning; the law's hours hold also where the clinic has none.
    const fates = willing ? ["delivered null", "planned quiet_hours"] : ["skipped no_consent"];
    expect(fates).toContain(`${status} ${reason}`);
  }
  return offers;
}
