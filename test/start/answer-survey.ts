import { launchBrowser } from "../../scraper/browser.ts";

/** Opens the link as a patient would, in a real browser without script, and answers both pages. Returns the last page's heading. */
export async function answerSurvey(link: string): Promise<string> {
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
    const page = await context.newPage();
    await page.goto(link);
    await page.getByRole("radio", { name: "Very Satisfied", exact: false }).first().check();
    await page.getByRole("radio", { name: "Very Likely", exact: false }).first().check();
    await page.locator('button[value="Yes"]').click();
    await page.getByRole("button").last().click();
    return (await page.getByRole("heading").first().textContent())?.trim() ?? "";
  } finally {
    await browser.close();
  }
}
