import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { scrubPage } from "../../scraper/scrub-page.ts";
import { snapshotFolder } from "../../scraper/snapshots.ts";
import { seedDay } from "../sandbox/practice-fusion/seed-day.ts";
import { ehrWorld } from "./ehr-world.ts";

const DAY = "2025-11-20";
const world = ehrWorld();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearback-snapshots-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Everything on the page that tells who somebody is. */
const identities = seedDay(DAY).flatMap(({ patientName, nickname, birthDate, phones, startsAt }) => {
  const [year, month, day] = birthDate.split("-");
  const digits = phones.map((phone) => phone.replaceAll(/\D/g, "").slice(6, 10));
  return [...patientName.split(" "), ...(nickname ? [nickname] : []), `${month}/${day}/${year}`, ...digits, startsAt];
});

test("a scrubbed page keeps its layout and nothing of its people", async () => {
  await world.haveSession();
  const { readings } = await world.run([DAY]);
  const html = readings[0]?.html ?? "";
  expect(identities.filter((text) => html.includes(text)).length).toBeGreaterThan(50);
  const scrubbed = scrubPage(html);
  expect(identities.filter((text) => scrubbed.includes(text))).toEqual([]);
  for (const handle of [
    "appointments-table",
    "table-agenda-print",
    "td-patient-name",
    "data-table-row-0",
    "cell-dob",
  ]) {
    expect(scrubbed).toContain(`data-element="${handle}"`);
  }
  expect(scrubbed).toContain("Schedule Standard view - Thursday, November, 00, 0000");
});

test("names in attributes, links, comments and scripts are scrubbed too", () => {
  const scrubbed =
    scrubPage(`<a href="#/PF/charts/3fa85f64-5717-4562-b3fc-2c963f66afa6" title="RIVER TESTERLY">O'Łódź</a>
    <!-- RIVER --><script>var n = "RIVER"</script><input value="RIVER"><td data-element="cell-patient-8812345">MAY 202-555-0101</td>`);
  expect(scrubbed).not.toMatch(/RIVER|Łódź|3fa85f64|8812345|555|[1-9]/);
  expect(scrubbed).toContain('data-element="cell-patient-0"');
});

test("the page of a failure is kept only when asked for, and for a week", async () => {
  await world.haveSession();
  world.ehr.set({ switches: { layout: "none" } });
  const old = join(folder, "old.html");
  writeFileSync(old, "");
  const eightDaysAgo = Date.now() / 1000 - 8 * 24 * 3600;
  utimesSync(old, eightDaysAgo, eightDaysAgo);
  await world.run([DAY], { limits: { rowsMs: 500 }, snapshots: snapshotFolder(folder) });
  const files = readdirSync(folder);
  expect(files).toEqual([expect.stringMatching(/-layout_changed\.html$/)]);
  expect(readFileSync(join(folder, files[0] ?? ""), "utf8")).toContain('class="cards"');
});
