import { gzipSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "../../scraper/browser.ts";
import { surveyKey, surveys } from "../../templates/surveys/catalogue.ts";
import type { Frame } from "../../templates/surveys/pages/frame.tsx";
import {
  alreadyReceivedPage,
  donePage,
  freshSentPage,
  laterPage,
  notOpenPage,
} from "../../templates/surveys/pages/notices.tsx";
import { surveyPage } from "../../templates/surveys/pages/survey-page.tsx";
import { fieldsOf, type Problem } from "../../templates/surveys/questions.ts";
import { formLocales } from "../../templates/surveys/words.ts";
import { anotherTime } from "../../templates/visits/another-time.ts";
import { visitNotice, visitPage } from "../../templates/visits/pages.tsx";
import { visitWords } from "../../templates/visits/words.ts";

/** Every page that a patient can meet, in every language, by name. A pale accent, because it is the hard case. */
async function allPages(locales = formLocales): Promise<[string, string][]> {
  const pages: [string, unknown][] = locales.flatMap((locale) => {
    const frame: Frame = {
      clinic: { name: "Common Ground", accent: "#ffcc00", phone: { dialled: "2025550100", shown: "(202) 555-0100" } },
      locale,
      nonce: "nonce",
      languages: [{ locale: locale === "en" ? "es" : "en", href: "?lang=x" }],
    };
    const forms = surveys.flatMap((survey) =>
      survey.pages.flatMap((page): [string, unknown][] => {
        const form = { ...frame, survey, page, formVersion: surveyKey(survey), action: "/s/token" };
        const problems = fieldsOf(page).map((question): Problem => ({ question, code: "required" }));
        return [
          [`${surveyKey(survey)} ${page.id}`, surveyPage(form)],
          [`${surveyKey(survey)} ${page.id} with problems`, surveyPage({ ...form, problems })],
          [`${surveyKey(survey)} ${page.id} to try later`, surveyPage({ ...form, tryLater: true })],
        ];
      }),
    );
    const notices: [string, unknown][] = [
      ...surveys.map((survey): [string, unknown] => [
        `done ${survey.id}`,
        donePage({ ...frame, survey, advice: survey.alerts.map((alert) => alert.say[locale] ?? "") }),
      ]),
      ["already received", alreadyReceivedPage({ ...frame, moreHref: "/s/token/more" })],
      ["not open", notOpenPage({ ...frame, freshAction: "/s/token/fresh", kept: ["what\nI wrote"] })],
      ["fresh link", freshSentPage(frame)],
      ["later", laterPage(frame)],
    ];
    return [...forms, ...notices, ...visitPages(frame)].map(([name, page]): [string, unknown] => [
      `${name} (${locale})`,
      page,
    ]);
  });
  return Promise.all(pages.map(async ([name, page]): Promise<[string, string]> => [name, String(await page)]));
}

/** What opens behind the links of a reminder. */
function visitPages(frame: Frame): [string, unknown][] {
  const when = "Wednesday, September 16, 10:30 AM";
  const hrefs = { confirm: "/v/token", otherTime: "/v/token/time", calendar: "/v/token/ics" };
  const words = visitWords(frame.locale);
  const [page] = anotherTime.pages;
  if (!page) throw new Error("the form has no page");
  const version = { survey: anotherTime, page, formVersion: "1", action: "/v/token/time" };
  const form = { ...frame, ...version, lead: words.lead(when), send: words.send };
  const problems: Problem[] = [
    { question: "wish", code: "required" },
    { question: "words", code: "too_long" },
  ];
  return [
    ...(["ask", "moved", "confirmed", "asked"] as const).map((says): [string, unknown] => [
      `visit ${says}`,
      visitPage({ ...frame, says, when, version: "1", hrefs }),
    ]),
    ...(["cancelled", "unsure", "notOpen", "freshSent", "enough"] as const).map((says): [string, unknown] => [
      `visit ${says}`,
      visitNotice({ ...frame, says, freshAction: "/v/token/fresh", kept: "what\nI wrote" }),
    ]),
    ["another time", surveyPage(form)],
    ["another time with problems", surveyPage({ ...form, problems })],
    ["another time of a moved visit", surveyPage({ ...form, notice: words.changed })],
  ];
}

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

async function onEveryPage(
  options: BrowserContextOptions,
  look: (page: Page, name: string) => Promise<void>,
  locales?: string[],
) {
  const context = await browser.newContext({ javaScriptEnabled: false, ...options });
  const page = await context.newPage();
  for (const [name, html] of await allPages(locales)) {
    await page.setContent(html);
    await look(page, name);
  }
  await context.close();
}

/** WCAG 2.2 AA and axe's best practice; in dark, only what a colour can change. */
async function expectNoViolations(page: Page, name: string, rules: "all" | "contrast") {
  const axe = new AxeBuilder({ page }).setLegacyMode();
  if (rules === "contrast") axe.withRules(["color-contrast", "link-in-text-block"]);
  else axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
  const { violations } = await axe.analyze();
  const found = violations.map(({ id, nodes }) => `${name}: ${id} ${nodes.map((node) => node.html).join(" ")}`);
  expect(found).toEqual([]);
}

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

describe("every patient page", () => {
  test("axe finds nothing, in light and in dark", async () => {
    // axe itself needs script; the pages have none, as a test below makes sure.
    const options = { javaScriptEnabled: true, viewport: { width: 390, height: 844 } };
    await onEveryPage({ ...options, colorScheme: "light" }, (page, name) => expectNoViolations(page, name, "all"), [
      "en",
    ]);
    await onEveryPage({ ...options, colorScheme: "dark" }, (page, name) => expectNoViolations(page, name, "contrast"), [
      "en",
    ]);
  }, 120_000);

  test("reflows at 320 px and at 200 % text, with nothing cut off", async () => {
    for (const width of [320, 640]) {
      await onEveryPage({ viewport: { width, height: 800 } }, async (page, name) => {
        expect(await overflow(page), name).toBe(0);
        await page.evaluate(() => document.documentElement.setAttribute("style", "font-size:200%"));
        expect(await overflow(page), `${name} at 200 %`).toBe(0);
      });
    }
  }, 120_000);

  test("everything that can be pressed is at least 44 by 44 px", async () => {
    await onEveryPage({ viewport: { width: 320, height: 800 } }, async (page, name) => {
      const small = await page.evaluate(() =>
        [...document.querySelectorAll("label.o, button, select, textarea, input[type=text], a")].flatMap((target) => {
          const { width, height } = target.getBoundingClientRect();
          const isHidden = width === 0; // until its condition holds
          return isHidden || Math.min(width, height) >= 44 ? [] : [`${target.textContent}: ${width} x ${height}`];
        }),
      );
      expect(small, name).toEqual([]);
    });
  }, 120_000);
});

test("a page is one response under 14 kB gzipped and asks for nothing else", async () => {
  for (const [name, html] of await allPages()) {
    expect(gzipSync(html).length, name).toBeLessThan(14_000);
    expect(html, name).not.toMatch(/<script|<link|<img|src=|url\(|@import| style=/);
  }
});

test("every survey is offered only in languages that the form itself speaks", () => {
  for (const survey of surveys) expect(formLocales).toEqual(expect.arrayContaining(survey.locales));
});
