import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchBrowser } from "../../scraper/browser.ts";
import { createLog } from "../../scraper/log.ts";
import { ehrFrom } from "../../scraper/open-ehr.ts";
import { EhrEnv, readSettings } from "../../scraper/settings.ts";
import { startCallHarbor } from "../sandbox/callharbor/start.ts";
import { seedDay } from "../sandbox/practice-fusion/seed-day.ts";
import { startPracticeFusion } from "../sandbox/practice-fusion/start.ts";
import { Delays } from "../sandbox/practice-fusion/world.ts";
import type { Measured } from "./run.ts";

const ROWS = 200;
const DAY = "2026-11-04";
const ROUNDS = 3;
const RUN_MS = 120_000;
const PROVIDERS = ["BHUC COMMON GROUND", "ES OAKLAND", "ES MACOMB", "CNS"];
const ACCOUNT = { username: "frontdesk", password: "correct horse" };
const PORTAL = { username: "frontdesk", password: "battery staple", totpSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" };

export const name = "scrape";

/**
 * Seconds to read a day of 200 visits, from starting the browser through sign-in and phone code to checked rows,
 * against the time that the EHR itself takes over it: what its pages wait before they show something. `browserSeconds`
 * of it are the browser's own: to start, to open an empty page and to go.
 */
export async function run(): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "hearback-bench-"));
  const delays = Delays.parse({});
  const phone = await startCallHarbor({ account: PORTAL });
  const ehr = await startPracticeFusion({ account: ACCOUNT, sendText: (text) => phone.receive(text), delays });
  ehr.set({ days: { [DAY]: dayOf(ROWS) } });
  try {
    const times: number[] = [];
    const browserTimes: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      // A state folder of its own each time, so that every round signs in.
      const env = settingsOf(ehr.url, phone.url, await mkdtemp(join(folder, "state-")));
      times.push(await secondsOf(() => readOnce(env)));
      browserTimes.push(await secondsOf(openEmptyPage));
    }
    const value = median(times);
    const baseline = ownSeconds(delays);
    const ratio = rounded(value / baseline);
    const also = { browserSeconds: rounded(median(browserTimes)) };
    return { value: rounded(value), unit: "s", baseline: rounded(baseline), ratio, aim: 1.5, aims: "most", also };
  } finally {
    await ehr.close();
    await phone.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sign-in page, the code's way to the phone, the way back to the agenda, its header and rows, and the printed day. */
function ownSeconds({ renderMs, codeMs, redirectMs, headerMs, rowsMs, printMs }: Delays): number {
  return (renderMs + codeMs + redirectMs + renderMs + headerMs + rowsMs + printMs) / 1000;
}

/** Invented visits, twenty to the hour. */
function dayOf(rows: number) {
  const two = (figure: number) => String(figure).padStart(2, "0");
  return seedDay(DAY, rows).map((visit, index) => ({
    ...visit,
    startsAt: `${two(8 + Math.floor(index / 20))}:${two((index % 20) * 3)}`,
  }));
}

function settingsOf(ehrUrl: string, phoneUrl: string, folder: string): Record<string, string> {
  return {
    PRACTICEFUSION_URL: ehrUrl,
    PRACTICEFUSION_USERNAME: ACCOUNT.username,
    PRACTICEFUSION_PASSWORD: ACCOUNT.password,
    CALLHARBOR_URL: phoneUrl,
    CALLHARBOR_USERNAME: PORTAL.username,
    CALLHARBOR_PASSWORD: PORTAL.password,
    CALLHARBOR_MFA_SECRET: PORTAL.totpSecret,
    SESSION_STATE_DIR: folder,
    SESSION_STATE_KEY: randomBytes(32).toString("base64"),
  };
}

const rounded = (figure: number) => Number(figure.toPrecision(3));

const median = (figures: number[]) => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

async function openEmptyPage(): Promise<void> {
  const browser = await launchBrowser();
  await (await browser.newPage()).goto("about:blank");
  await browser.close();
}

async function readOnce(env: Record<string, string>): Promise<void> {
  const log = createLog({ write: () => undefined });
  const withEhr = ehrFrom(readSettings(EhrEnv, env));
  const signal = AbortSignal.timeout(RUN_MS);
  await withEhr({ providers: PROVIDERS, timeZone: "America/New_York", log, signal, runMs: RUN_MS }, async (ehr) => {
    const { rows } = (await ehr.readDay(DAY)).schedule;
    if (rows.length < ROWS / 2) throw new Error(`only ${rows.length} rows were read`);
  });
}
