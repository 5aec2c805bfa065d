import { expect, test } from "vitest";
import { nextDigest, type SnapshotChunk } from "../../edge/contract/appointments.ts";
import type { FinishJob, Lease } from "../../edge/contract/jobs.ts";
import type { EdgeClient } from "../../scraper/edge-client.ts";
import { type FailureCode, ScrapeFailure } from "../../scraper/failures.ts";
import { createLog } from "../../scraper/log.ts";
import { parseSchedule } from "../../scraper/parse-schedule/parse-schedule.ts";
import { runScrape } from "../../scraper/run-scrape.ts";
import { EdgeFailure } from "../../scraper/signed-post.ts";
import { printPage, printRow } from "./schedule-pages.ts";

const DAYS = ["2025-11-18", "2025-11-19", "2025-11-20"];
const LEASE: Lease = {
  jobId: "job_1",
  runId: crypto.randomUUID(),
  kind: "scrape",
  arguments: { source: "practice-fusion", days: DAYS, timeZone: "America/New_York", providers: [] },
  leaseToken: "token",
  leaseSeconds: 120,
};

/** An edge that keeps what it is told; `refuse` fails the pushes of some days. */
function recordingEdge(refuse: (chunk: SnapshotChunk) => EdgeFailure | undefined = () => undefined) {
  const chunks: SnapshotChunk[] = [];
  const finished: Omit<FinishJob, "leaseToken">[] = [];
  const edge: EdgeClient = {
    createImport: () => Promise.reject(new Error("not asked for")),
    createJob: () => Promise.reject(new Error("not asked for")),
    lease: () => Promise.reject(new Error("not asked for")),
    pushImport: () => Promise.reject(new Error("not asked for")),
    addressPage: () => Promise.reject(new Error("not asked for")),
    filePart: () => Promise.reject(new Error("not asked for")),
    deliveryStep: () => Promise.reject(new Error("not asked for")),
    pushStandardised: () => Promise.reject(new Error("not asked for")),
    heartbeat: () => Promise.resolve(),
    finish: async (_, report) => void finished.push(report),
    async push(chunk) {
      const refusal = refuse(chunk);
      if (refusal) throw refusal;
      chunks.push(chunk);
      const outcomes = chunk.rows.map((_, row) => ({ row, outcome: "created" as const }));
      return { outcomes, snapshot: chunk.end ? "applied" : "open", removed: 0 };
    },
  };
  return { edge, chunks, finished };
}

/** An EHR whose days are the given pages, or failures. */
function ehrOf(days: Record<string, number | FailureCode>) {
  const read: string[] = [];
  const readDay = async (on: string) => {
    read.push(on);
    const day = days[on] ?? 0;
    if (typeof day === "string") throw new ScrapeFailure(day);
    const rows = Array.from({ length: day }, (_, index) =>
      printRow({ time: `${1 + (index % 11)}:${10 + (index % 50)} PM`, patient: [`RIVER N${index}`, "03/09/1984"] }),
    );
    const heading = `Schedule Standard view - Monday, November ${on.slice(-2)}, 2025`;
    return { schedule: parseSchedule(printPage(rows, heading), { date: on }), notes: [] };
  };
  return {
    read,
    withEhr: <T>(_: unknown, work: (ehr: { readDay: typeof readDay }) => Promise<T>) => work({ readDay }),
  };
}

const log = createLog({ write: () => {} });

test("a day is pushed in chunks of at most 200 rows, in order, closed by count and digest", async () => {
  const { edge, chunks, finished } = recordingEdge();
  await runScrape(LEASE, { edge, log, ...ehrOf({ "2025-11-20": 450 }) });
  const day = chunks.filter(({ on }) => on === "2025-11-20");
  expect(day.map(({ sequence, rows }) => [sequence, rows.length])).toEqual([
    [0, 200],
    [1, 200],
    [2, 50],
  ]);
  let digest = "";
  for (const { rows } of day) digest = await nextDigest(digest, rows);
  expect(day.map(({ end }) => end)).toMatchObject([undefined, undefined, { count: 450, digest, layout: "print" }]);
  expect(finished).toMatchObject([
    { status: "succeeded", counts: { days: 3, days_failed: 0, rows: 450, created: 450 } },
  ]);
});

test("a day without visits is pushed as one empty closed chunk", async () => {
  const { edge, chunks } = recordingEdge();
  await runScrape(LEASE, { edge, log, ...ehrOf({}) });
  expect(chunks).toMatchObject(DAYS.map((on) => ({ on, sequence: 0, rows: [], end: { count: 0 } })));
});

test("a day that cannot be read does not stop the others, and the run says partly", async () => {
  const { edge, chunks, finished } = recordingEdge();
  const report = await runScrape(LEASE, { edge, log, ...ehrOf({ "2025-11-19": "date_unreachable" }) });
  expect(chunks.map(({ on }) => on)).toEqual(["2025-11-18", "2025-11-20"]);
  expect(report).toMatchObject({ status: "partly", error: { code: "date_unreachable" }, counts: { days_failed: 1 } });
  expect(finished).toEqual([report]);
});

test("a refused password ends the run at once: no further day is tried", async () => {
  const { edge, chunks, finished } = recordingEdge();
  const { read, withEhr } = ehrOf({ "2025-11-18": "bad_credentials" });
  await runScrape(LEASE, { edge, log, withEhr });
  expect([read, chunks]).toEqual([["2025-11-18"], []]);
  expect(finished).toMatchObject([
    { status: "failed", error: { code: "bad_credentials" }, counts: { days_failed: 3 } },
  ]);
});

test("a day the edge refuses is that day's failure; an edge that is gone ends the run", async () => {
  const refusing = recordingEdge(({ on }) =>
    on === DAYS[0] ? new EdgeFailure("edge_refused", "/appointments", 409) : undefined,
  );
  expect(await runScrape(LEASE, { edge: refusing.edge, log, ...ehrOf({}) })).toMatchObject({ status: "partly" });
  const gone = recordingEdge(({ on }) =>
    on === DAYS[1] ? new EdgeFailure("edge_unavailable", "/appointments", 503) : undefined,
  );
  const { read, withEhr } = ehrOf({});
  const report = await runScrape(LEASE, { edge: gone.edge, log, withEhr });
  expect(read).toEqual(DAYS.slice(0, 2));
  expect(report).toMatchObject({ status: "partly", error: { code: "edge_unavailable" }, counts: { days_failed: 2 } });
});

test("a lease that the edge gave to another worker stops the run before anything more is pushed", async () => {
  const { edge, chunks } = recordingEdge();
  const lost = { ...edge, heartbeat: () => Promise.reject(new EdgeFailure("edge_refused", "/heartbeat", 409)) };
  const readDay = (_: string, signal: AbortSignal) =>
    new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(new ScrapeFailure("deadline_exceeded"))),
    );
  const report = await runScrape(
    { ...LEASE, leaseSeconds: 0.3 },
    { edge: lost, log, withEhr: ({ signal }, work) => work({ readDay: (on) => readDay(on, signal) }) },
  );
  expect(report).toMatchObject({ status: "failed", error: { code: "lease_lost" } });
  expect(chunks).toEqual([]);
});
