import { gzipSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../../scraper/browser.ts";
import { askToStopPage, stoppedPage, unknownLinkPage } from "../../templates/unsubscribe/pages.tsx";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

const LOCALES = ["en", "es"];
const SCOPES = ["all", "marketing"] as const;

test.each(LOCALES)(
  "the pages of the way out (%s) pass axe on a small phone, day and night, and are small",
  async (locale) => {
    const clinic = {
      name: "Sample Clinic",
      accent: "#1f5f8b",
      phone: { dialled: "+12025550100", shown: "(202) 555-0100" },
    };
    const props = { clinic, locale, nonce: "n", action: "/u/token" };
    const pages = [
      ...SCOPES.flatMap((stops) => [askToStopPage({ ...props, stops }), stoppedPage({ ...props, stops })]),
      unknownLinkPage(props),
    ];
    for (const colorScheme of ["light", "dark"] as const) {
      const context = await browser.newContext({ viewport: { width: 320, height: 640 }, colorScheme });
      const page = await context.newPage();
      for (const html of await Promise.all(pages.map(async (each) => String(await each)))) {
        expect(gzipSync(html).length).toBeLessThan(14_000);
        await page.setContent(html);
        expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
      }
      await context.close();
    }
  },
);
