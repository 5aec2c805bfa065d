import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { launchBrowser } from "../../scraper/browser.ts";
import { ScrapeFailure } from "../../scraper/failures.ts";
import { CallHarborSettings, callHarborCodes } from "../../scraper/mfa/callharbor.ts";
import type { DayReading } from "../../scraper/practice-fusion/read-day.ts";
import { type Limits, PracticeFusionSettings } from "../../scraper/practice-fusion/settings.ts";
import { withPracticeFusion } from "../../scraper/practice-fusion/with-practice-fusion.ts";
import { type StorageState, sessionFiles } from "../../scraper/session-state.ts";
import type { Snapshots } from "../../scraper/snapshots.ts";
import type { StepRecord, Steps } from "../../scraper/steps.ts";
import { type CallHarbor, startCallHarbor } from "../sandbox/callharbor/start.ts";
import { type PracticeFusion, startPracticeFusion } from "../sandbox/practice-fusion/start.ts";
import type { Delays } from "../sandbox/practice-fusion/world.ts";

export const ACCOUNT = { username: "frontdesk", password: "correct horse" };
export const PORTAL_ACCOUNT = {
  username: "frontdesk",
  password: "battery staple",
  totpSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
};

/** A brisk EHR, so that a test takes a second or two; tests about slowness set their own. */
export const BRISK: Partial<Delays> = {
  renderMs: 50,
  redirectMs: 150,
  headerMs: 60,
  rowsMs: 120,
  printMs: 120,
  codeMs: 150,
};
export const SHORT: Partial<Limits> = {
  pageMs: 5_000,
  loginMs: 5_000,
  mfaCodeMs: 6_000,
  agendaMs: 5_000,
  controlMs: 2_000,
  arrowMs: 500,
  rowsMs: 6_000,
  stableMs: 120,
  unchangedMs: 600,
  printMs: 5_000,
  pollMs: 30,
};

export type RunOptions = {
  limits?: Partial<Limits>;
  password?: string;
  baseUrl?: string;
  signal?: AbortSignal;
  snapshots?: Snapshots;
  /** How far the worker's clock is ahead, for one-time passwords. */
  aheadMs?: number;
};

export type RunResult = {
  readings: DayReading[];
  /** Code of the failure that ended the run, and of each day that failed. */
  failure?: ScrapeFailure["code"];
  failedDays: Record<string, ScrapeFailure["code"]>;
  log: StepRecord[];
};

export type EhrWorld = {
  readonly ehr: PracticeFusion;
  readonly phone: CallHarbor;
  readonly browser: Browser;
  /** Reads days as a worker would: a day that fails leaves the others alone. */
  run(days: string[], options?: RunOptions): Promise<RunResult>;
  /** Leaves a saved session behind, as a run of yesterday would have. */
  haveSession(): Promise<void>;
  /** Turns one character of the sealed session over. */
  corruptSession(): void;
  /** The sealed session of a service as it lies on disk, or null. */
  savedSession(service?: string): string | null;
};

/** One browser and one pretend EHR per test file; before each test all is as new: no sessions, a good day. */
export function ehrWorld(): EhrWorld {
  let browser: Browser;
  let ehr: PracticeFusion;
  let phone: CallHarbor;
  let folder: string;
  const key = randomBytes(32);
  beforeAll(async () => {
    browser = await launchBrowser();
    phone = await startCallHarbor({ account: PORTAL_ACCOUNT, renderMs: 50 });
    ehr = await startPracticeFusion({ account: ACCOUNT, sendText: (text) => phone.receive(text), delays: BRISK });
  });
  afterAll(async () => {
    await browser?.close();
    await ehr?.close();
    await phone?.close();
  });
  beforeEach(() => {
    ehr.reset();
    phone.reset();
    folder = mkdtempSync(join(tmpdir(), "hearback-session-"));
    return () => rmSync(folder, { recursive: true, force: true });
  });
  const settingsFor = ({ limits, password = ACCOUNT.password, baseUrl = ehr.url }: RunOptions) =>
    PracticeFusionSettings.parse({ baseUrl, ...ACCOUNT, password, limits: { ...SHORT, ...limits } });
  return {
    get ehr() {
      return ehr;
    },
    get phone() {
      return phone;
    },
    get browser() {
      return browser;
    },
    async haveSession() {
      const token = ehr.openSession();
      await sessionFiles({ folder, key }).save("practicefusion", sessionOf(ehr.url, token));
    },
    corruptSession() {
      const path = join(folder, "practicefusion.session.json");
      writeFileSync(
        path,
        readFileSync(path, "utf8").replace(/(?<="data":")./, (first) => (first === "A" ? "B" : "A")),
      );
    },
    savedSession(service = "practicefusion") {
      try {
        return readFileSync(join(folder, `${service}.session.json`), "utf8");
      } catch {
        return null;
      }
    },
    async run(days, options = {}) {
      const result: RunResult = { readings: [], failedDays: {}, log: [] };
      const log = (record: StepRecord) => void result.log.push(record);
      const states = sessionFiles({ folder, key });
      const signal = options.signal ?? new AbortController().signal;
      const portal = CallHarborSettings.parse({
        portalUrl: phone.url,
        ...PORTAL_ACCOUNT,
        limits: { pageMs: 3_000, stableMs: 100, everyMs: 200 },
      });
      const now = () => Date.now() + (options.aheadMs ?? 0);
      const codes = (steps: Steps) => callHarborCodes(portal, { browser, states, steps, now });
      const deps = { browser, states, codes, log, signal, ...(options.snapshots && { snapshots: options.snapshots }) };
      await withPracticeFusion(settingsFor(options), deps, async (desk) => {
        for (const day of days) {
          await desk.readDay(day).then(
            (reading) => result.readings.push(reading),
            (error) => noteFailedDay(result, day, error),
          );
        }
      }).catch((error) => {
        if (!(error instanceof ScrapeFailure)) throw error;
        result.failure = error.code;
      });
      return result;
    },
  };
}

function noteFailedDay(result: RunResult, day: string, error: unknown): void {
  if (!(error instanceof ScrapeFailure) || !error.endsOnlyTheDay) throw error;
  result.failedDays[day] = error.code;
}

function sessionOf(url: string, token: string): StorageState {
  const { origin, hostname } = new URL(url);
  const cookie = { name: "session", value: token, domain: hostname, path: "/", expires: -1 };
  return {
    cookies: [{ ...cookie, httpOnly: true, secure: false, sameSite: "Lax" }],
    origins: [{ origin, localStorage: [{ name: "token", value: token }] }],
  };
}
