/** `npm run pictures`: starts the whole desk and takes the README's pictures of it, as a patient and as staff see it. */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Page } from "playwright-core";
import { launchBrowser } from "../scraper/browser.ts";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = join(ROOT, "docs/pictures");
const PHONE = { width: 390, height: 760 };
const DESK = { width: 1280, height: 760 };

/** The addresses that `npm start` prints when it is ready. */
type Places = { phones: string; survey: string; console: string };

/** Starts the desk, hands over its addresses, and ends it again. */
async function withDesk(use: (places: Places) => Promise<void>): Promise<void> {
  const desk = spawn(process.execPath, ["test/start.ts"], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const lines: string[] = [];
    for await (const line of createInterface({ input: desk.stdout })) {
      lines.push(line);
      if (line.includes("Ctrl+C")) break;
    }
    const after = (words: string) => new RegExp(`${words}\\s+(\\S+)`).exec(lines.join("\n"))?.[1] ?? "";
    await use({ phones: after("phones"), survey: after("one survey"), console: after("staff console") });
  } finally {
    desk.kill("SIGTERM");
  }
}

/** The conversation of the phone that was last asked how a visit was. */
async function takePhone(page: Page, { phones }: Places): Promise<void> {
  await page.goto(phones);
  await page.locator('main a[href*="/phone/"]').filter({ hasText: "Common Ground" }).first().click();
  await page.getByRole("link", { name: /\/s\// }).first().waitFor();
  await page.screenshot({ path: join(FOLDER, "phone.png") });
}

async function takeSurvey(page: Page, { survey }: Places): Promise<void> {
  await page.goto(survey);
  await page.getByRole("radio", { name: "Very satisfied" }).check();
  await page.screenshot({ path: join(FOLDER, "survey.png") });
}

/** The front desk's day, after signing in. */
async function takeToday(page: Page, { console: today }: Places): Promise<void> {
  await page.goto(today);
  await page.getByRole("button", { name: /Fay Doyle/ }).click();
  await page.getByRole("heading", { name: "Today" }).waitFor();
  await page.screenshot({ path: join(FOLDER, "today.png") });
}

await mkdir(FOLDER, { recursive: true });
const browser = await launchBrowser();
try {
  await withDesk(async (places) => {
    const phone = await browser.newPage({ viewport: PHONE, deviceScaleFactor: 2 });
    await takePhone(phone, places);
    await takeSurvey(phone, places);
    await takeToday(await browser.newPage({ viewport: DESK }), places);
  });
} finally {
  await browser.close();
}
