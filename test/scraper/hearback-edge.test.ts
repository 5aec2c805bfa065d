import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commonGroundTenant } from "../../templates/tenants/common-ground.ts";
import { type Desk, startDesk } from "../harness.ts";
import { hearback, operatorOf } from "./hearback-command.ts";
import { edgeSettings } from "./scrape-command.ts";

let desk: Desk;
let folder: string;
beforeAll(async () => {
  desk = await startDesk();
  folder = await mkdtemp(join(tmpdir(), "hearback-verbs-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await desk.close();
});

test("a clinic is added from a file, its key works at once, and it is on the list", async () => {
  const operator = operatorOf(desk);
  const slug = `clinic-${randomUUID().slice(0, 8)}`;
  const file = join(folder, "tenant.json");
  await writeFile(file, JSON.stringify({ ...commonGroundTenant(), slug }));
  const added = await hearback(["tenant", "add", file, "--json"], operator);
  expect([added.exit, added.err]).toEqual([0, ""]);
  const { key } = JSON.parse(added.out);
  const settings = { EDGE_URL: desk.edge.url, EDGE_TENANT: slug, EDGE_KEY_ID: key.id, EDGE_KEY_SECRET: key.secret };
  expect((await hearback(["scrape", "--json"], settings)).exit).toBe(0);
  const listed = await hearback(["tenant", "list", "--json"], operator);
  expect(JSON.parse(listed.out)).toContainEqual(expect.objectContaining({ slug, status: "active" }));

  const again = await hearback(["tenant", "add", file], operator);
  expect([again.exit, again.out]).toEqual([1, ""]);
  expect(again.err).toContain(`There is a tenant ${slug} already.`);
});

test("scrape asks for the days that were named, and the job waits for a container", async () => {
  const clinic = await desk.addTenant();
  const args = ["scrape", "--from", "2026-10-31", "--to", "2026-11-02", "--json"];
  const { exit, out } = await hearback(args, edgeSettings(desk.edge.url, clinic));
  expect(exit).toBe(0);
  const days = ["2026-10-31", "2026-11-01", "2026-11-02"];
  expect(JSON.parse(out)).toMatchObject({ jobId: expect.stringMatching(/^job_/), days });
  const [job] = await clinic.db.all<{ status: string; arguments: string }>(sql`SELECT status, arguments FROM jobs`);
  expect(job?.status).toBe("waiting");
  expect(JSON.parse(job?.arguments ?? "{}")).toMatchObject({ days });
});

test("a missing setting is named, and another operator's secret is refused", async () => {
  const missing = await hearback(["tenant", "list"], { EDGE_URL: desk.edge.url });
  expect([missing.exit, missing.err]).toEqual([1, "OPERATOR_SECRET is missing\n"]);
  const forged = await hearback(["tenant", "list"], {
    EDGE_URL: desk.edge.url,
    OPERATOR_SECRET: `whsec_${btoa("x".repeat(32))}`,
  });
  expect([forged.exit, forged.out]).toEqual([1, ""]);
  expect(forged.err).toContain("operator's signature");
});
