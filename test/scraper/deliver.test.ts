import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import ssh2, { type ParsedKey } from "ssh2";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openSftp } from "../../scraper/deliver/open-sftp.ts";
import type { EdgeClient } from "../../scraper/edge-client.ts";
import { createLog } from "../../scraper/log.ts";
import { takeJob } from "../../scraper/take-job.ts";
import { addMailingClinic, ask, bring, guest, type Mailing, patientOf, theMailing } from "../delivery/mailing-line.ts";
import { type Clinic, type Desk, eventually, operator, startDesk } from "../harness.ts";
import { type Sftp, startSftp } from "../sandbox/sftp/start.ts";
import { edgeClient, edgeSettings } from "./scrape-command.ts";

const PROGRAM = fileURLToPath(new URL("../../scraper/index.ts", import.meta.url));

let desk: Desk;
let printer: Sftp;
beforeAll(async () => {
  desk = await startDesk();
  printer = await startSftp();
});
afterEach(() => {
  printer.fail(null);
  printer.onRename(null);
  for (const name of printer.files.keys()) printer.take(name);
});
afterAll(async () => {
  await printer?.close();
  await desk?.close();
});

const way = () => ({
  PRINT_SFTP_URL: printer.url,
  PRINT_SFTP_HOST_KEY: printer.hostKey,
  PRINT_SFTP_PASSWORD: printer.password,
});

/** A clinic with a mailing of these people, frozen, whose file waits for the container. */
async function frozen(guests = [guest(1), guest(2), guest(3)]): Promise<{ clinic: Clinic; mailing: Mailing }> {
  const clinic = await addMailingClinic(desk);
  await bring(desk, clinic, guests);
  const mailing = await theMailing(desk, clinic);
  await ask(desk, clinic, "/media-buys/change", { id: mailing.id, to: "committed" });
  await jobOf(clinic);
  return { clinic, mailing };
}

/** Lets the clock strike until a delivery waits for the container, whatever the pause before it. */
async function jobOf(clinic: Clinic): Promise<void> {
  await eventually(async () => {
    await desk.strike(clinic);
    const now = Date.now();
    await clinic.db.run(sql`UPDATE jobs SET run_after_at = min(run_after_at, ${now}) WHERE kind = 'deliver'`);
    const open = await clinic.db.all(
      sql`SELECT 1 FROM jobs WHERE kind = 'deliver' AND status = 'waiting' AND run_after_at <= ${now}`,
    );
    return open.length === 1;
  });
}

/** The clinic's container brings what waits, in this process. */
async function deliver(
  clinic: Clinic,
  settings: object = {},
  edge: EdgeClient = edgeClient(desk.edge.url, clinic),
  deadlineMs = 20_000,
) {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line) });
  const open = openSftp({ ...way(), ...settings }, deadlineMs);
  return { taken: await takeJob({ edge, sources: {}, deliver: open, log }), log: lines.join("\n") };
}

async function inProduction(clinic: Clinic): Promise<void> {
  await eventually(async () => {
    await desk.strike(clinic);
    return (await theMailing(desk, clinic)).status === "in_production";
  });
}

const deliveryOf = async (clinic: Clinic) =>
  (
    await clinic.db.all<Record<string, unknown>>(sql`SELECT status, attempts, error_code AS code, remote_bytes AS bytes,
    remote_sha256 AS sha256 FROM deliveries`)
  )[0];

const alarms = async (clinic: Clinic) =>
  (await clinic.db.all<{ code: string }>(sql`SELECT code FROM alarms ORDER BY code`)).map(({ code }) => code);

const theFile = () => [...printer.files].filter(([name]) => name.endsWith(".csv"));

test("a mailing's file arrives at the printer's once, byte for byte, in postal order, with no more of a person than the piece needs", async () => {
  const before = printer.arrivals.length;
  const { clinic } = await frozen([
    guest(1, { address: { zip: "93722-0001" } }),
    guest(2, { address: { line1: "2 Sample, Way", zip: "93650" }, person: { givenName: "Zoë", familyName: "=Sum" } }),
    guest(3, { address: { zip: "93722" }, person: { language: "es" } }),
    guest(4, { address: { line1: "" } }),
  ]);
  const { taken, log } = await deliver(clinic);
  expect(taken).toMatchObject({ status: "succeeded" });
  const [[name, bytes] = ["", Buffer.alloc(0)], ...more] = theFile();
  expect([more.length, printer.files.size, printer.arrivals.length - before]).toEqual([0, 1, 1]);
  const [kept] = await clinic.db.all<Record<string, unknown>>(
    sql`SELECT name, row_count AS rows, byte_count AS bytes, sha256 FROM export_files`,
  );
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(kept).toEqual({ name, rows: 3, bytes: bytes.length, sha256 });
  expect(await deliveryOf(clinic)).toMatchObject({ status: "arrived", bytes: bytes.length, sha256 });
  const lines = bytes.toString().trimEnd().split("\n");
  expect(lines[0]).toBe(
    "reference,name,address_1,address_2,city,state,zip,zip4,delivery_point,carrier_route,headline,message",
  );
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(
      /^[0-9A-Z]{12},"Zoë =Sum","2 SAMPLE WAY",,FRESNO,CA,93650,,,,"See you soon, Zoë","Dear Zoë, your visit is on [^"]+"$/,
    ),
    expect.stringMatching(/^[0-9A-Z]{12},"Test3 Sample","3 SAMPLE WAY",,FRESNO,CA,93722,,,,"Hasta pronto, Test3"/),
    expect.stringMatching(/^[0-9A-Z]{12},"Test1 Sample","1 SAMPLE WAY",,FRESNO,CA,93722,0001,,,/),
  ]);
  for (const secret of [await patientOf(clinic, 1), "1941-03-09", "2025550", "(202)"]) {
    expect(bytes.toString()).not.toContain(secret);
  }
  const stored = JSON.stringify(
    await clinic.db.all(sql`SELECT * FROM export_parts JOIN export_files ON file_id = export_files.id`),
  );
  expect(`${stored}${log}`).not.toMatch(/Zoë|SAMPLE WAY|FRESNO/);
  await inProduction(clinic);
  // Nothing is left to do, however often the clock strikes.
  await desk.strike(clinic);
  expect((await deliver(clinic)).taken.status).toBe("none_due");
});

test("a container that dies between upload and rename leaves half a delivery, which the next one ends: one file, once", async () => {
  const { clinic } = await frozen();
  const before = printer.arrivals.length;
  const folder = mkdtempSync(join(tmpdir(), "hearback-deliver-"));
  const env = { PATH: process.env.PATH, ...edgeSettings(desk.edge.url, clinic), ...way() };
  const child = spawn(process.execPath, [PROGRAM, "--loop"], { cwd: folder, env, stdio: "ignore" });
  const died = new Promise((resolve) => child.once("exit", resolve));
  await new Promise<void>((resolve) => {
    printer.onRename(async () => {
      child.kill("SIGKILL");
      await died;
      // What the dead one asked for is lost with it.
      printer.fail("lost-before-rename");
      setImmediate(resolve);
    });
  });
  rmSync(folder, { recursive: true });
  printer.onRename(null);
  printer.fail(null);
  expect([...printer.files.keys()]).toEqual([expect.stringMatching(/\.csv\.part$/)]);
  expect(await deliveryOf(clinic)).toMatchObject({ status: "renaming" });
  expect((await deliver(clinic)).taken.status).toBe("held_elsewhere");
  await clinic.db.run(sql`UPDATE jobs SET lease_until = 1 WHERE kind = 'deliver'`);
  expect((await deliver(clinic)).taken.status).toBe("succeeded");
  expect([theFile().length, printer.files.size, printer.arrivals.length - before]).toEqual([1, 1, 1]);
  await inProduction(clinic);
});

test("a line that broke just after the rename: the file is found there and not sent again", async () => {
  const { clinic } = await frozen();
  const before = printer.arrivals.length;
  printer.fail("lost-after-rename");
  expect((await deliver(clinic)).taken).toMatchObject({ status: "failed", error: { code: "unavailable" } });
  printer.fail(null);
  await jobOf(clinic);
  expect((await deliver(clinic)).taken.status).toBe("succeeded");
  expect([theFile().length, printer.arrivals.length - before]).toEqual([1, 1]);
});

test("a file that the printer may have fetched is never simply sent again: a person decides", async () => {
  const { clinic, mailing } = await frozen();
  const before = printer.arrivals.length;
  printer.fail("lost-after-rename");
  await deliver(clinic);
  printer.fail(null);
  const [[name] = [""]] = theFile();
  printer.take(name);
  await jobOf(clinic);
  expect((await deliver(clinic)).taken).toMatchObject({ status: "failed", error: { code: "in_doubt" } });
  await desk.strike(clinic);
  expect([await deliveryOf(clinic), (await deliver(clinic)).taken.status]).toEqual([
    expect.objectContaining({ status: "in_doubt" }),
    "none_due",
  ]);
  expect(await alarms(clinic)).toContain("file_in_doubt");
  const cancelled = await operator(desk.edge, "/admin/v1/media-buys/change", {
    tenant: clinic.slug,
    ...{ id: mailing.id, to: "cancelled" },
  });
  expect(cancelled.status).toBe(409);
  await ask(desk, clinic, "/media-buys/change", { id: mailing.id, to: "sent_again" });
  await jobOf(clinic);
  expect((await deliver(clinic)).taken.status).toBe("succeeded");
  expect([theFile()[0]?.[0], printer.arrivals.length - before]).toEqual([name, 2]);
});

test("another machine under the printer's address gets neither password nor file; a refused sign-in is not tried again and again", async () => {
  const { clinic, mailing } = await frozen();
  const other = `SHA256:${"A".repeat(43)}`;
  expect((await deliver(clinic, { PRINT_SFTP_HOST_KEY: other })).taken).toMatchObject({
    error: { code: "host_key_mismatch" },
  });
  await eventually(async () => (await deliveryOf(clinic))?.status === "failed");
  expect(await alarms(clinic)).toEqual(["file_not_delivered", "run_failed"]);
  await ask(desk, clinic, "/media-buys/change", { id: mailing.id, to: "sent_again" });
  await jobOf(clinic);
  printer.fail("login");
  expect((await deliver(clinic)).taken).toMatchObject({ error: { code: "login" } });
  await eventually(async () => (await deliveryOf(clinic))?.code === "login");
  expect(printer.files.size).toBe(0);
});

test("a printer that is down, silent or in the way is tried again with longer pauses; after the last, somebody is told", async () => {
  const { clinic } = await frozen([guest(1)]);
  const faults = ["silent", "no-rename", "cut", "lost-before-rename", "silent", "silent"] as const;
  const codes = ["timeout", "refused", "cut", "unavailable", "timeout", "timeout"];
  const pauses: number[] = [];
  for (const [index, fault] of faults.entries()) {
    printer.fail(fault);
    const deadlineMs = fault === "silent" ? 2_000 : 20_000;
    expect((await deliver(clinic, {}, undefined, deadlineMs)).taken).toMatchObject({ error: { code: codes[index] } });
    if (index === faults.length - 1) break;
    const failedAt = Date.now();
    const [job] = await eventually(async () => {
      await desk.strike(clinic);
      const open = await clinic.db.all<{ at: number }>(
        sql`SELECT run_after_at AS at FROM jobs WHERE kind = 'deliver' AND status = 'waiting'`,
      );
      return open.length === 1 && open;
    });
    pauses.push(Math.round(((job?.at ?? 0) - failedAt) / 60_000));
    await jobOf(clinic);
  }
  expect(pauses).toEqual([1, 5, 15, 60, 180]);
  expect(theFile()).toEqual([]);
  await eventually(async () => {
    await desk.strike(clinic);
    return (await deliveryOf(clinic))?.status === "in_doubt";
  });
  expect(await alarms(clinic)).toContain("file_in_doubt");
});

test("a dropbox in which we may not read shows the size, and that is noted as all that was seen", async () => {
  const { clinic } = await frozen([guest(1)]);
  printer.fail("no-read");
  expect((await deliver(clinic)).taken.status).toBe("succeeded");
  expect(await deliveryOf(clinic)).toMatchObject({ status: "arrived", bytes: theFile()[0]?.[1].length, sha256: null });
});

test("another file under the same name is not written over", async () => {
  const { clinic } = await frozen([guest(1)]);
  const [{ name } = { name: "" }] = await clinic.db.all<{ name: string }>(sql`SELECT name FROM export_files`);
  printer.put(name, Buffer.from("somebody else's"));
  expect((await deliver(clinic)).taken).toMatchObject({ error: { code: "name_taken" } });
  expect(printer.files.get(name)?.toString()).toBe("somebody else's");
});

test("a mailing that is cancelled while its file is on the way is not there when it is done", async () => {
  const { clinic, mailing } = await frozen([guest(1)]);
  const edge = edgeClient(desk.edge.url, clinic);
  const late: EdgeClient = {
    ...edge,
    filePart: async (lease, part) => {
      const text = await edge.filePart(lease, part);
      await ask(desk, clinic, "/media-buys/change", { id: mailing.id, to: "cancelled" });
      return text;
    },
  };
  expect((await deliver(clinic, {}, late)).taken).toMatchObject({ error: { code: "cancelled" } });
  expect(printer.files.size).toBe(0);
  await desk.strike(clinic);
  expect((await deliver(clinic)).taken.status).toBe("none_due");
});

test("a container may sign in with a key instead of a password; only the holder of the lease sees the file", async () => {
  const { clinic } = await frozen([guest(1)]);
  const pair = ssh2.utils.generateKeyPairSync("ed25519");
  printer.allowKey(ssh2.utils.parseKey(pair.public) as ParsedKey);
  const folder = mkdtempSync(join(tmpdir(), "hearback-key-"));
  const file = join(folder, "key");
  writeFileSync(file, pair.private, { mode: 0o600 });
  const { lease } = (await (await clinic.send("/jobs/lease", { kinds: ["deliver"], worker: "test" })).json()) as {
    lease: { jobId: string; leaseToken: string };
  };
  const part = (leaseToken: string) => clinic.send("/exports/part", { jobId: lease.jobId, leaseToken, part: 0 });
  expect([(await part(lease.leaseToken)).status, (await part("another")).status]).toEqual([200, 409]);
  await clinic.db.run(sql`UPDATE jobs SET lease_until = 1 WHERE kind = 'deliver'`);
  const keyed = { PRINT_SFTP_PASSWORD: undefined, PRINT_SFTP_KEY_FILE: file };
  expect((await deliver(clinic, keyed)).taken.status).toBe("succeeded");
  rmSync(folder, { recursive: true });
});
