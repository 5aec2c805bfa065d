import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import * as z from "zod";
import { runImport } from "../../scraper/imports/run-import.ts";
import { createLog } from "../../scraper/log.ts";
import { runLeased } from "../../scraper/run-leased.ts";
import { importLease, recordingImports } from "./recording-imports.ts";

const log = createLog({ write: () => {} });

test("arguments that this version does not understand are a failure of the job, which is told, and the program goes on", async () => {
  const { edge, finished } = recordingImports();
  const report = await runImport(importLease("sycle", { timeZone: "Mars/Phobos" }), { edge, sources: {}, log });
  expect(report).toMatchObject({ status: "failed", error: { code: "arguments_unknown" } });
  expect(finished).toEqual([report]);
});

test("work that breaks off by a bug is not said to live any more, so that another container may have the job", async () => {
  const { edge, finished } = recordingImports();
  let beats = 0;
  const heartbeat = async () => {
    beats += 1;
  };
  const counting = { ...edge, heartbeat };
  const lease = { ...importLease("sycle"), leaseSeconds: 0.03 };
  const work = async () => {
    await pause(60);
    throw new TypeError("a bug");
  };
  const job = { id: "import", asks: z.unknown(), about: () => ({}), work };
  await expect(runLeased(lease, { edge: counting, log }, job)).rejects.toThrow("a bug");
  const before = beats;
  expect(before).toBeGreaterThan(0);
  await pause(100);
  expect(beats).toBe(before);
  expect(finished).toEqual([]);
});
