import type { Browser } from "playwright-core";
import { ScrapeFailure } from "../failures.ts";
import type { MfaCodeSource } from "../mfa/code-source.ts";
import type { SessionStates } from "../session-state.ts";
import type { Snapshots } from "../snapshots.ts";
import { createSteps, type StepFacts, type StepLog, type Steps } from "../steps.ts";
import { type Desk, openDesk } from "./desk.ts";
import { isSessionAlive } from "./open-agenda.ts";
import { type DayReading, readDayOnce } from "./read-day.ts";
import type { PracticeFusionSettings } from "./settings.ts";
import { signIn } from "./sign-in.ts";

export type PracticeFusionDeps = {
  browser: Browser;
  states: SessionStates;
  /** Makes the source of codes for a run; opened only when a code is wanted. */
  codes: (steps: Steps) => MfaCodeSource;
  log: StepLog;
  /** Gets the page of every failure, if an operator wants them. */
  snapshots?: Snapshots;
  /** Ends the run early; the run's own deadline comes on top. */
  signal?: AbortSignal;
};

export type Ehr = {
  /** Reads one day. Signs in again if the session died on the way, and loads the page again after trouble that may pass. */
  readDay(day: string): Promise<DayReading>;
};

type Run = {
  settings: PracticeFusionSettings;
  deps: PracticeFusionDeps;
  steps: Steps;
  desk: Desk;
  signInsLeft: number;
};

const SERVICE = "practicefusion";
/** One at the start and one for a session that dies on the way; more would look like an attack. */
const SIGN_INS = 2;
const TRIES_PER_DAY = 3;

/**
 * Opens Practice Fusion, with the saved session or by signing in, and closes it after `work`. The session is saved
 * after every proven sign-in and when `work` has succeeded; a failed sign-in leaves the old one alone.
 * Fails with a `ScrapeFailure`, also when the time for the run is over.
 */
export async function withPracticeFusion<T>(
  settings: PracticeFusionSettings,
  deps: PracticeFusionDeps,
  work: (ehr: Ehr) => Promise<T>,
): Promise<T> {
  const { runMs, pollMs } = settings.limits;
  const signal = AbortSignal.any([AbortSignal.timeout(runMs), ...(deps.signal ? [deps.signal] : [])]);
  const steps = createSteps({ log: deps.log, signal, pollMs });
  const saved = await deps.states.load(SERVICE);
  const desk = await openDesk(settings, { browser: deps.browser, steps }, saved ?? undefined);
  const run: Run = { settings, deps, steps, desk, signInsLeft: SIGN_INS };
  const stop = () => void run.desk.context.close().catch(() => {});
  signal.addEventListener("abort", stop);
  try {
    await enter(run, saved !== null);
    const result = await work({ readDay: (day) => readDay(run, day) });
    await saveSession(run);
    return result;
  } catch (error) {
    throw signal.aborted ? new ScrapeFailure("deadline_exceeded") : error;
  } finally {
    signal.removeEventListener("abort", stop);
    const { blocked } = run.desk;
    // Whoever moves the EHR to another host finds its name here.
    if (blocked.size > 0) deps.log({ step: "hosts kept out", ms: 0, outcome: "ok", hosts: [...blocked] });
    await run.desk.context.close();
  }
}

async function enter(run: Run, hasSession: boolean): Promise<void> {
  if (!hasSession) return enterByForm(run);
  if (!(await run.steps.step("session", () => isSessionAlive(run.desk)))) await enterAnew(run);
}

/** Signs in from a clean context: what is left of a dead session has misled the page before. */
async function enterAnew(run: Run): Promise<void> {
  if (run.signInsLeft === 0) throw new ScrapeFailure("session_expired", "signed in twice already");
  await run.desk.context.close();
  run.desk = await openDesk(run.settings, { browser: run.deps.browser, steps: run.steps });
  await enterByForm(run);
}

async function enterByForm(run: Run): Promise<void> {
  run.signInsLeft -= 1;
  try {
    await signIn(run.desk, run.deps.codes(run.steps));
  } catch (error) {
    if (error instanceof ScrapeFailure) await keepSnapshot(run, error.code);
    throw error;
  }
  await saveSession(run);
}

/** A session that could not be saved costs a sign-in next time, not this run's rows. */
async function saveSession({ steps, desk, deps }: Run): Promise<void> {
  const save = async () => deps.states.save(SERVICE, await desk.context.storageState());
  await steps.step("session saved", save).catch(() => {});
}

/** Costs nothing but itself: the failure it belongs to is what counts. */
async function keepSnapshot({ steps, desk, deps: { snapshots } }: Run, reason: string): Promise<void> {
  if (!snapshots || steps.signal.aborted) return;
  await steps.step("snapshot", async () => snapshots.keep(reason, await desk.page.content())).catch(() => {});
}

async function readDay(run: Run, day: string): Promise<DayReading> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run.steps.step(
        "day read",
        () => readDayOnce(run.desk, day),
        (reading) => factsOf(day, reading),
      );
    } catch (error) {
      if (!(error instanceof ScrapeFailure)) throw error;
      await keepSnapshot(run, error.code);
      if (error.class === "session") await enterAnew(run);
      else await leavePage(run).catch(() => {});
      const mayHeal = error.class === "session" || (error.class === "transient" && attempt < TRIES_PER_DAY);
      if (!mayHeal) throw error;
    }
  }
}

/**
 * What a failed reading leaves on the page, such as a header without its rows, must not be there for the next one.
 * By way of a blank page: reloading keeps the address, and going to the same address again would load nothing.
 */
async function leavePage({ steps, desk }: Run): Promise<void> {
  await steps.step("page left", async () => void (await desk.page.goto("about:blank")));
}

function factsOf(day: string, reading: DayReading | undefined): StepFacts {
  if (!reading) return { day };
  const { layout, rows, errors, duplicates } = reading.schedule;
  const counts = { rows: rows.length, rowErrors: errors.length, duplicates };
  return { day, layout: layout ?? "none", ...counts, notes: reading.notes };
}
