/** The container's program: `npm run -s scrape`. See `SCRAPE_HELP` for options and exit codes. */
import { setTimeout as pause } from "node:timers/promises";
import { type ValidateAddresses, validateOverHttp } from "./cassify/validate-over-http.ts";
import { validateOverStore } from "./cassify/validate-over-store.ts";
import { openSftp } from "./deliver/open-sftp.ts";
import { dryRun } from "./dry-run.ts";
import { connectEdge } from "./edge-client.ts";
import { ScrapeFailure } from "./failures.ts";
import { sourcesFrom } from "./imports/open-sources.ts";
import { createLog, type Log } from "./log.ts";
import { ehrFrom } from "./open-ehr.ts";
import { errorFields } from "./procedure.ts";
import { answerRequests } from "./refresh/answer-requests.ts";
import { refreshFrom } from "./refresh/clinics.ts";
import { connectQueues } from "./refresh/queues.ts";
import { readOptions, SCRAPE_HELP, type ScrapeOptions } from "./scrape-options.ts";
import {
  CassifyEnv,
  CassifyStoreEnv,
  CommonEnv,
  EdgeEnv,
  EhrEnv,
  isSetUp,
  loadEnvFile,
  PrintEnv,
  readSettings,
  SettingsError,
} from "./settings.ts";
import { EdgeFailure } from "./signed-post.ts";
import { QueueFailure } from "./sqs.ts";
import { exitCode, scrapeOnce, takeJob, type WorkDeps } from "./take-job.ts";
import { UsageError } from "./verb.ts";

type Stays = { signal: AbortSignal; stays: boolean };

const LOOK_FOR_WORK_EVERY_MS = 15_000;
/** For what is still to be written or closed; after it, whatever a partner leaves half open must not keep a program that is done. */
const LINGERS_MS = 10_000;

async function main(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = readOptions(args);
  if (options.help) {
    console.log(SCRAPE_HELP);
    return 0;
  }
  const log = createLog({ pretty: readSettings(CommonEnv, env).HEARBACK_LOG === "pretty" });
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
  const { signal } = stop;
  if (options.requests) return answerAll(env, { log, signal, stays: options.loop });
  const sources = sourcesFrom(env);
  // A container for imports only has no EHR to open.
  const validate = validatorFrom(env);
  const deliver = isSetUp(PrintEnv, env) ? openSftp(readSettings(PrintEnv, env)) : undefined;
  const hasOtherWork = Object.keys(sources).length > 0 || validate || deliver;
  const needsEhr = options.days || !hasOtherWork || env.PRACTICEFUSION_USERNAME;
  const withEhr = needsEhr ? ehrFrom(readSettings(EhrEnv, env)) : undefined;
  if (withEhr && options.dryRun) return exitCode(await dryRun(options.days ?? [], { withEhr, log, signal }));
  const edge = connectTo(env, log, signal);
  return work(
    {
      edge,
      sources,
      log,
      signal,
      ...(withEhr && { withEhr }),
      ...(validate && { validate }),
      ...(deliver && { deliver }),
    },
    options,
  );
}

/** Whom addresses are taken to, if to anybody. */
function validatorFrom(env: NodeJS.ProcessEnv): ValidateAddresses | undefined {
  if (isSetUp(CassifyEnv, env)) return validateOverHttp(readSettings(CassifyEnv, env));
  return env.CASSIFY_STORE_URL ? validateOverStore(readSettings(CassifyStoreEnv, env)) : undefined;
}

/** The program at a clinic's side: it needs no key of one clinic, but the file of those that it reads for. */
async function answerAll(env: NodeJS.ProcessEnv, { stays, ...rest }: Pick<WorkDeps, "log"> & Stays): Promise<number> {
  const settings = refreshFrom(env);
  const outcomes = await answerRequests({ ...rest, settings, queues: connectQueues(settings) }, { stays });
  return outcomes.has("failed") || outcomes.has("refused") ? 2 : 0;
}

function connectTo(env: NodeJS.ProcessEnv, log: Log, signal: AbortSignal): WorkDeps["edge"] {
  const {
    EDGE_URL: url,
    EDGE_TENANT: tenant,
    EDGE_KEY_ID: keyId,
    EDGE_KEY_SECRET: keySecret,
  } = readSettings(EdgeEnv, env);
  const onRetry = (path: string, reason: string) => log.warn("edge asked again", { path, reason });
  return connectEdge({ url, tenant, keyId, keySecret }, { signal, onRetry });
}

async function work(deps: WorkDeps & { signal: AbortSignal }, { loop, days }: ScrapeOptions): Promise<number> {
  if (loop) return workForEver(deps);
  const taken = await scrapeOnce(deps, days);
  if (taken.status === "held_elsewhere") deps.log.info("another worker holds the lease", { reason: "held_elsewhere" });
  return exitCode(taken);
}

/** An edge that is down or refuses is logged and asked again: the next reading may be hours away, or due. */
async function workForEver(deps: WorkDeps & { signal: AbortSignal }): Promise<number> {
  while (!deps.signal.aborted) {
    const { status } = await takeJob(deps).catch((error: unknown) => {
      if (!(error instanceof EdgeFailure) && !deps.signal.aborted) throw error;
      deps.log.error("no job taken", errorFields(error));
      return { status: "none_due" as const };
    });
    const isIdle = status === "none_due" || status === "held_elsewhere";
    if (isIdle) await pause(LOOK_FOR_WORK_EVERY_MS, undefined, { signal: deps.signal }).catch(() => {});
  }
  return 0;
}

/** Messages of our own errors are for the operator; any other may quote a page, and only its place is shown. */
function explain(error: unknown): string {
  const kinds = [UsageError, SettingsError, EdgeFailure, QueueFailure, ScrapeFailure];
  const isOurs = error instanceof Error && kinds.some((kind) => error instanceof kind);
  return isOurs ? error.message : JSON.stringify(errorFields(error));
}

loadEnvFile();
process.exitCode = await main(process.argv.slice(2), process.env).catch((error: unknown) => {
  console.error(explain(error));
  return 1;
});
setTimeout(() => process.exit(), LINGERS_MS).unref();
