import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("npm start -- --once reads, texts and answers on one machine, and says so in one line of JSON", async () => {
  const { stdout } = await promisify(execFile)("npm", ["start", "--silent", "--", "--once"], { timeout: 300_000 });
  const report = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, number>;
  expect(report).toMatchObject({ scraped: 72, stored: 72, answered: 1 });
  expect(report.texted).toBeGreaterThan(0);
}, 310_000);
