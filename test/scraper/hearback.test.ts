import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { legacyPage, printPage, printRow, RIVER, RIVER_READ } from "./schedule-pages.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearback-verbs-"));
});
afterAll(() => rm(folder, { recursive: true }));

function hearback(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["scraper/hearback.ts", ...args], (error, out, err) => {
      resolve({ exit: typeof error?.code === "number" ? error.code : 0, out, err });
    });
  });
}

async function saved(html: string): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.html`);
  await writeFile(path, html);
  return path;
}

test("parse-schedule prints one JSON document of a saved page and exits 0", async () => {
  const page = printPage([printRow({}), printRow({ time: "soon" }), printRow({})]);
  const { exit, out } = await hearback("parse-schedule", await saved(page), "--date", "2025-11-20");
  expect(exit).toBe(0);
  expect(JSON.parse(out)).toEqual({
    date: "2025-11-20",
    layout: "print",
    rows: [RIVER_READ],
    errors: [{ row: 2, code: "time_invalid" }],
    duplicates: 1,
  });
});

test("parse-schedule names the layout, and a visit without a phone has phone null", async () => {
  const page = legacyPage([{ ...RIVER, patient: RIVER.patient.slice(0, 2) }]);
  const { exit, out } = await hearback("parse-schedule", await saved(page), "--json");
  expect([exit, out.trim().split("\n").length]).toEqual([0, 1]);
  expect(JSON.parse(out)).toMatchObject({ layout: "legacy", rows: [{ ...RIVER_READ, phone: null }] });
});

test("parse-schedule exits 1 and prints no row when the page has no date, no known layout, or another date", async () => {
  const [dateless, unknown, other] = await Promise.all([
    saved(printPage([printRow({})], "Schedule")),
    saved("<h3>Schedule Standard view - Thursday, November 20, 2025</h3><ul><li>RIVER TESTERLY</li></ul>"),
    saved(printPage([printRow({})])),
  ]);
  const runs = await Promise.all([
    hearback("parse-schedule", dateless),
    hearback("parse-schedule", unknown),
    hearback("parse-schedule", other, "--date", "2025-11-19"),
  ]);
  expect(runs.map(({ exit }) => exit)).toEqual([1, 1, 1]);
  expect(runs.map(({ out }) => JSON.parse(out))).toMatchObject([
    { rows: [], problem: "date_missing" },
    { rows: [], problem: "layout_unknown" },
    { rows: [], problem: "date_mismatch" },
  ]);
});

test("a file of settings that is no JSON is named, and nothing of it is quoted", async () => {
  const [cut, list] = await Promise.all([saved('{"token": "sealed-secret"'), saved('["sealed-secret"]')]);
  for (const path of [cut, list, join(folder, "absent.json")]) {
    for (const args of [
      ["tenant", "add"],
      ["tenant", "set", "bcb"],
      ["template", "save", "bcb"],
    ]) {
      const { exit, err } = await hearback(...args, path);
      expect([exit, err]).toEqual([1, expect.stringMatching(/^\S+: (expected a JSON object|there is no such file)/)]);
      expect(err).toContain(path);
      expect(err).not.toContain("sealed-secret");
    }
  }
}, 60_000);

test("bad usage exits 2 with the verb's help, a page that cannot be opened exits 1, --help exits 0", async () => {
  const [none, unknown, option, day, absent, help, verbHelp] = await Promise.all([
    hearback(),
    hearback("dance"),
    hearback("parse-schedule", "page.html", "--fast"),
    hearback("parse-schedule", "page.html", "--date", "2025-02-30"),
    hearback("parse-schedule", join(folder, "absent.html")),
    hearback("--help"),
    hearback("parse-schedule", "--help"),
  ]);
  expect([none, unknown, option, day, absent, help, verbHelp].map(({ exit }) => exit)).toEqual([2, 2, 2, 2, 1, 0, 0]);
  expect(option.err).toContain("hearback parse-schedule <page.html>");
  expect(help.out).toContain("parse-schedule");
  expect(verbHelp.out).toContain("--date YYYY-MM-DD");
});
