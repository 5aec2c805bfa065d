import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../harness.ts";
import { type Edge, sandboxSecrets, startEdge } from "../sandbox/edge.ts";
import { startWorld, type World } from "../sandbox/world.ts";
import { addKitClinic, importAndRemind } from "./kit-clinics.ts";

let world: World;
let edge: Edge;
beforeAll(async () => {
  const secrets = sandboxSecrets();
  world = await startWorld({ redirectUris: ["http://localhost:1/in"], secrets, withPractices: true });
  edge = await startEdge(world.edgeSettings, { quiet: true });
});
afterAll(async () => {
  await edge?.close();
  await world?.close();
});

test("a starter kit shows itself at work: imported by its container, reminded from its own number, and answered there", async () => {
  const said: string[] = [];
  const parts = { world, edge, real: { settings: {}, names: [] }, say: (line: string) => void said.push(line) };
  const clinics = await Promise.all((["bcb", "mhc", "ssm"] as const).map((slug) => addKitClinic(slug, parts)));
  const [bcb, , ssm] = clinics;
  if (!bcb || !ssm) throw new Error("a clinic is missing");
  for (const clinic of clinics) {
    const { rows, sent } = await importAndRemind(clinic, parts);
    expect(rows).toBeGreaterThan(70);
    // Three visits in two hours and six tomorrow; after eleven in the morning also who came yesterday.
    expect(sent).toBeGreaterThanOrEqual(9);
    const texts = world.twilio.messages().filter(({ from }) => from === clinic.number);
    expect(texts.length).toBe(sent);
    expect(new Set(texts.map(({ body }) => body.split(":")[0]))).toEqual(new Set([clinic.sender]));
  }
  expect(said).toHaveLength(3);
  const [told] = world.twilio.messages().filter(({ from }) => from === ssm.number);
  await world.twilio.text({ from: told?.to ?? "", to: ssm.number, body: "STOP" });
  const stops = (clinic: typeof bcb) => clinic.db.all(sql`SELECT 1 FROM opt_outs`);
  await eventually(async () => (await stops(ssm)).length > 0);
  expect(await stops(bcb)).toEqual([]);
}, 90_000);
