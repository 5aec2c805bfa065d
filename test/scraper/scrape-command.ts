import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { type CallHarbor, startCallHarbor } from "../sandbox/callharbor/start.ts";
import { type PracticeFusion, startPracticeFusion } from "../sandbox/practice-fusion/start.ts";

const EHR = { username: "frontdesk", password: "correct horse" };
const PORTAL = { username: "frontdesk", password: "battery staple", totpSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" };
const BRISK = { renderMs: 50, redirectMs: 150, headerMs: 60, rowsMs: 120, printMs: 120, codeMs: 150 };

export type Ended = { exit: number; out: string; err: string; events: Record<string, unknown>[] };

/** `npm run scrape` as a process of its own, against one pretend EHR per test file. */
export function scrapeCommand() {
  let ehr: PracticeFusion;
  let phone: CallHarbor;
  let folder: string;
  const key = randomBytes(32).toString("base64");
  beforeAll(async () => {
    phone = await startCallHarbor({ account: PORTAL, renderMs: 50 });
    ehr = await startPracticeFusion({ account: EHR, sendText: (text) => phone.receive(text), delays: BRISK });
    folder = mkdtempSync(join(tmpdir(), "hearback-scrape-"));
  });
  beforeEach(() => ehr.reset());
  afterAll(async () => {
    await ehr?.close();
    await phone?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get ehr() {
      return ehr;
    },
    run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
      const settings = {
        PATH: process.env.PATH,
        PRACTICEFUSION_URL: ehr.url,
        PRACTICEFUSION_USERNAME: EHR.username,
        PRACTICEFUSION_PASSWORD: EHR.password,
        CALLHARBOR_URL: phone.url,
        CALLHARBOR_USERNAME: PORTAL.username,
        CALLHARBOR_PASSWORD: PORTAL.password,
        CALLHARBOR_MFA_SECRET: PORTAL.totpSecret,
        SESSION_STATE_DIR: folder,
        SESSION_STATE_KEY: key,
        ...env,
      };
      return runNode(["scraper/index.ts", ...args], settings);
    },
  };
}

function runNode(args: string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, out, err) => {
      const exit = typeof error?.code === "number" ? error.code : error ? 1 : 0;
      const lines = out.split("\n").filter((line) => line.startsWith("{"));
      resolve({ exit, out, err, events: lines.map((line) => JSON.parse(line)) });
    });
  });
}
