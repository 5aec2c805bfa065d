import { expect, test } from "vitest";
import { readOptions } from "../../scraper/scrape-options.ts";

test("a range is every day from first to last, over the end of a month and a change of clocks", () => {
  expect(readOptions(["--from", "2025-10-31", "--to", "2025-11-03"]).days).toEqual([
    "2025-10-31",
    "2025-11-01",
    "2025-11-02",
    "2025-11-03",
  ]);
  expect(readOptions(["--date", "2024-02-29"]).days).toEqual(["2024-02-29"]);
  expect(readOptions([]).days).toBeUndefined();
});

test("a command line that contradicts itself is refused", () => {
  const refused = [
    ["--from", "2025-11-01"],
    ["--from", "2025-11-03", "--to", "2025-11-01"],
    ["--date", "2025-11-01", "--from", "2025-11-01", "--to", "2025-11-02"],
    ["--date", "2025-02-30"],
    ["--from", "2020-01-01", "--to", "2025-01-01"],
    ["--dry-run"],
    ["--loop", "--date", "2025-11-01"],
    ["--fast"],
  ];
  for (const args of refused) expect(() => readOptions(args), args.join(" ")).toThrow();
});
