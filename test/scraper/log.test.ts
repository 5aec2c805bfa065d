import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { createLog, type LogOptions } from "../../scraper/log.ts";
import { runProcedure } from "../../scraper/procedure.ts";

const AT = Date.UTC(2025, 10, 20, 14, 5, 9, 123) + 0.4565;

function kept(options: LogOptions = {}) {
  const lines: string[] = [];
  return { lines, log: createLog({ write: (line) => lines.push(line), now: () => AT, ...options }) };
}

test("a line is JSON: own fields, event, procedure, level, timestamp in microseconds, in that order", () => {
  const { lines, log } = kept();
  log.with({ procedure_id: "scrape", run_id: "r1" }).info("day read", { rows: 3, layout: "print" });
  expect(lines).toEqual([
    '{"rows":3,"layout":"print","event":"day read","procedure_id":"scrape","run_id":"r1","level":"info","timestamp":"2025-11-20T14:05:09.123456Z"}',
  ]);
});

test("a procedure logs start and end with its ids, arguments, counts and duration", async () => {
  const { lines, log } = kept();
  const procedure = { id: "scrape", runId: "r1", arguments: { days: ["2025-11-20"] } };
  await runProcedure(log, procedure, async (own) => {
    own.info("day read");
    return { status: "partly", counts: { rows: 3 } };
  });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      event: "procedure started",
      procedure_id: "scrape",
      run_id: "r1",
      run_status: "started",
      run_arguments: procedure.arguments,
    },
    { event: "day read", procedure_id: "scrape", run_id: "r1" },
    { event: "procedure succeeded in part", level: "warning", run_status: "partly", run_return_value: { rows: 3 } },
  ]);
  expect(JSON.parse(lines[2] ?? "").duration_ms).toBeGreaterThanOrEqual(0);
});

test("a failed procedure throws on, and logs the error's class and place but never its message", async () => {
  const { lines, log } = kept();
  const work = () => Promise.reject(new TypeError("no element with text RIVER TESTERLY"));
  await expect(runProcedure(log, { id: "scrape", arguments: {} }, work)).rejects.toThrow("RIVER");
  const failed = JSON.parse(lines[1] ?? "");
  expect(failed).toMatchObject({ event: "procedure failed", level: "error", run_status: "failed", error: "TypeError" });
  expect(failed.exception).toContain("log.test.ts");
  expect(lines.join()).not.toContain("RIVER");
});

test("for people, a line has the time, level and event in columns and its fields sorted", () => {
  const { lines, log } = kept({ pretty: true });
  log.warn("layout mismatch", { rows: 3, day: "2025-11-20" });
  expect(lines.map(stripVTControlCharacters)).toEqual([
    "14:05:09.123456 [warning  ] layout mismatch                day=2025-11-20 rows=3",
  ]);
});
