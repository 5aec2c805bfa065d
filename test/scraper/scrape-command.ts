import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { connectEdge, type EdgeClient } from "../../scraper/edge-client.ts";
import { createLog } from "../../scraper/log.ts";
import { ehrFrom } from "../../scraper/open-ehr.ts";
import type { Limits } from "../../scraper/practice-fusion/settings.ts";
import { EhrEnv, readSettings } from "../../scraper/settings.ts";
import { scrapeOnce, type Taken } from "../../scraper/take-job.ts";
import type { Clinic } from "../harness.ts";
import { type CallHarbor, startCallHarbor } from "../sandbox/callharbor/start.ts";
import { type PracticeFusion, startPracticeFusion } from "../sandbox/practice-fusion/start.ts";
import { Switches } from "../sandbox/practice-fusion/world.ts";
import { ACCOUNT, BRISK, PORTAL_ACCOUNT, SHORT } from "./ehr-world.ts";

const PROGRAM = fileURLToPath(new URL("../../scraper/index.ts", import.meta.url));

export type Ended = { exit: number; out: string; err: string; events: Record<string, unknown>[] };

/** The scraper against one pretend EHR per test file; its session is kept from test to test. */
export function scrapeCommand() {
  let ehr: PracticeFusion;
  let phone: CallHarbor;
  let folder: string;
  const key = randomBytes(32).toString("base64");
  beforeAll(async () => {
    phone = await startCallHarbor({ account: PORTAL_ACCOUNT, renderMs: 50 });
    ehr = await startPracticeFusion({ account: ACCOUNT, sendText: (text) => phone.receive(text), delays: BRISK });
    folder = mkdtempSync(join(tmpdir(), "hearback-scrape-"));
  });
  beforeEach(() => ehr.set({ switches: Switches.parse({}), delays: BRISK }));
  afterAll(async () => {
    await ehr?.close();
    await phone?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const ehrSettings = () => ({
    PRACTICEFUSION_URL: ehr.url,
    PRACTICEFUSION_USERNAME: ACCOUNT.username,
    PRACTICEFUSION_PASSWORD: ACCOUNT.password,
    CALLHARBOR_URL: phone.url,
    CALLHARBOR_USERNAME: PORTAL_ACCOUNT.username,
    CALLHARBOR_PASSWORD: PORTAL_ACCOUNT.password,
    CALLHARBOR_MFA_SECRET: PORTAL_ACCOUNT.totpSecret,
    SESSION_STATE_DIR: folder,
    SESSION_STATE_KEY: key,
  });
  return {
    get ehr() {
      return ehr;
    },
    /** The sealed session as it lies on disk. */
    savedSession: () => readFileSync(join(folder, "practicefusion.session.json"), "utf8"),
    /** `npm run scrape` as a process of its own. */
    run: (args: string[], env: Record<string, string> = {}): Promise<Ended> =>
      runProgram(folder, args, { PATH: process.env.PATH, ...ehrSettings(), ...env }),
    /** `npm run scrape -- --loop`, until `stop` tells it to end as a container host does. */
    stay: (env: Record<string, string>): { stop: () => void; ended: Promise<Ended> } => {
      const stop = new AbortController();
      const settings = { PATH: process.env.PATH, ...ehrSettings(), ...env };
      return { stop: () => stop.abort(), ended: runProgram(folder, ["--loop"], settings, stop.signal) };
    },
    /** A run in this process and less patient with a page that does not answer. */
    async here(
      edge: EdgeClient,
      days?: string[],
      limits: Partial<Limits> = {},
    ): Promise<{ taken: Taken; lines: string[] }> {
      const lines: string[] = [];
      const log = createLog({ write: (line) => lines.push(line) });
      const withEhr = ehrFrom(readSettings(EhrEnv, ehrSettings()), { ...SHORT, ...limits });
      return { taken: await scrapeOnce({ edge, withEhr, sources: {}, log }, days), lines };
    },
  };
}

/** The container's settings for a clinic of the desk; `url` may be a faulty line to it. */
export function edgeSettings(url: string, { slug, key }: Clinic): Record<string, string> {
  return { EDGE_URL: url, EDGE_TENANT: slug, EDGE_KEY_ID: key.id, EDGE_KEY_SECRET: key.secret };
}

export function edgeClient(url: string, { slug, key }: Clinic): EdgeClient {
  return connectEdge({ url, tenant: slug, keyId: key.id, keySecret: key.secret });
}

/** In a folder of its own, where no `.env` of the developer's adds to the settings. */
function runProgram(cwd: string, args: string[], env: NodeJS.ProcessEnv, stop?: AbortSignal): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], { cwd, env }, (error, out, err) => {
      const exit = typeof error?.code === "number" ? error.code : error ? 1 : 0;
      const lines = out.split("\n").filter((line) => line.startsWith("{"));
      resolve({ exit, out, err, events: lines.map((line) => JSON.parse(line)) });
    });
    stop?.addEventListener("abort", () => child.kill("SIGTERM"));
  });
}
