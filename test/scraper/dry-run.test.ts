import { expect, test } from "vitest";
import { scrapeCommand } from "./scrape-command.ts";

const command = scrapeCommand();

test("a dry run reads and counts a day, needs no edge, and its log holds ids and counts only", async () => {
  const { exit, out, err, events } = await command.run(["--date", "2025-11-20", "--dry-run"]);
  expect([exit, err]).toEqual([0, ""]);
  expect(events.at(0)).toMatchObject({ event: "procedure started", procedure_id: "scrape", run_status: "started" });
  expect(events.find(({ event }) => event === "day read")).toMatchObject({
    on: "2025-11-20",
    rows: 24,
    layout: "print",
  });
  expect(events.at(-1)).toMatchObject({
    run_status: "succeeded",
    run_return_value: { days: 1, days_failed: 0, rows: 24 },
  });
  expect(out).not.toMatch(/TESTERLY|PLACEHOLDER|SAMPLE|555-?01|correct horse/);
});

test("without settings, nothing is done and every missing one is named", async () => {
  const { exit, err } = await command.run(["--date", "2025-11-20"], {
    SESSION_STATE_KEY: "",
    PRACTICEFUSION_USERNAME: "",
  });
  expect(exit).toBe(1);
  expect(err).toBe("PRACTICEFUSION_USERNAME is missing; SESSION_STATE_KEY is missing\n");
});
