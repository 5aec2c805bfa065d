import { AxeBuilder } from "@axe-core/playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../../../scraper/browser.ts";
import { type Sftp, startSftp } from "./start.ts";

let printer: Sftp;
beforeAll(async () => {
  printer = await startSftp();
});
afterAll(() => printer?.close());

const LONG = `It has been a while, "neighbour". ${"Come in. ".repeat(10)}`;
const FILE = `reference,name,message\nABC,"Fox, Eli","${LONG.replaceAll('"', '""')}"\nDEF,<b>Pell</b>,${"x".repeat(70)}\n`;

test("the printer's box shows each file as it comes, and every piece in it by its columns, to everybody", async () => {
  const browser = await launchBrowser();
  try {
    const page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
    await page.goto(printer.pageUrl);
    await page.getByText("No file yet").waitFor();
    printer.put("cards.csv", Buffer.from(FILE));
    await page.getByRole("link", { name: /cards\.csv.*2 pieces.*Being written/s }).click();
    const cells = await page.locator("td").allTextContents();
    expect(cells).toEqual(["ABC", "Fox, Eli", LONG, "DEF", "<b>Pell</b>", "x".repeat(70)]);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.goto(printer.pageUrl);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    expect((await fetch(`${printer.pageUrl}/other.csv`)).status).toBe(404);
  } finally {
    await browser.close();
  }
});
