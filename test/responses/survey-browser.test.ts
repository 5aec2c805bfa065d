import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../../scraper/browser.ts";
import { type Desk, startDesk } from "../harness.ts";
import { openTexts, type SurveyClinic, storedResponses, textedClinic } from "./survey-desk.ts";

let desk: Desk;
let clinic: SurveyClinic;
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
  desk = await startDesk({ SENDER_RATE_PER_SECOND: "500" });
  clinic = await textedClinic(desk, 10);
});
afterAll(async () => {
  await browser?.close();
  await desk?.close();
});

type Visit = { page: Page; requests: string[]; errors: string[]; close(): Promise<void> };

/** A phone without script that notes every request it makes and every complaint of the browser. */
async function phone(options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 390, height: 844 },
    ...options,
  });
  const page = await context.newPage();
  const [requests, errors]: [string[], string[]] = [[], []];
  page.on("request", (request) => requests.push(`${request.method()} ${new URL(request.url()).host}`));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  return { page, requests, errors, close: () => context.close() };
}

/** Presses a key until the wanted element has the focus; fails when it cannot be reached. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await page.locator(selector).evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${selector} cannot be reached by keyboard`);
}

/** What shows the focus: the outline of the control itself or of the box that belongs to it. */
function focusRing(page: Page): Promise<{ width: number; style: string }> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    const shown = focused?.matches(".o input") ? focused.nextElementSibling : focused;
    const { outlineWidth, outlineStyle } = getComputedStyle(shown ?? document.body);
    return { width: Number.parseFloat(outlineWidth), style: outlineStyle };
  });
}

test("the whole survey can be answered with script off and the keyboard alone, with the focus always in sight [ASK-40]", async () => {
  const { page, requests, errors, close } = await phone();
  await page.goto(clinic.nextLink());
  await tabTo(page, "#SatisfactionWithService-0");
  expect(await focusRing(page)).toEqual({ width: 3, style: "solid" });
  for (let down = 0; down < 4; down += 1) await page.keyboard.press("ArrowDown");
  expect(await page.locator("#SatisfactionWithService-4").isChecked()).toBe(true);
  expect(await focusRing(page)).toEqual({ width: 3, style: "solid" });
  await tabTo(page, "button[value=Yes]");
  expect(await focusRing(page)).toEqual({ width: 3, style: "solid" });
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/more$/);
  await tabTo(page, "#HowDidYouHearAboutBHUC");
  await page.keyboard.type("Something");
  await tabTo(page, "#HowDidYouHearAboutBHUC_Other");
  await page.keyboard.type("a poster");
  await tabTo(page, "button[type=submit]");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/done\?/);
  expect(await page.getByRole("heading").textContent()).toBe("Thank you");
  const stored = (await storedResponses(clinic)).find((row) => row.status === "completed");
  expect(stored?.answers).toMatchObject({ SatisfactionWithService: "Very Satisfied", HowDidYouHearAboutBHUC: "Other" });
  expect(await openTexts(desk, clinic, stored)).toEqual({ HowDidYouHearAboutBHUC_Other: "a poster" });
  expect(new Set(requests.map((request) => request.split(" ")[1]))).toEqual(new Set([new URL(desk.edge.url).host]));
  expect(errors).toEqual([]);
  await close();
});

test("the Other text appears with Other, goes with another choice, and is asked for only then [ASK-40]", async () => {
  const { page, close } = await phone();
  await page.goto(clinic.nextLink());
  await page.getByRole("button", { name: "Yes, a few more" }).click();
  const other = page.getByLabel("What was it?");
  expect(await other.isVisible()).toBe(false);
  await page.getByLabel("How did you first hear about us?").selectOption("Other");
  expect(await other.isVisible()).toBe(true);
  await page.getByLabel("How did you first hear about us?").selectOption("Google search");
  expect(await other.isVisible()).toBe(false);
  await page.getByLabel("How did you first hear about us?").selectOption("Other");
  await page.getByText("Not long at all").click();
  await page.getByRole("button", { name: "Send my answers" }).click();
  const summary = page.getByRole("alert");
  expect(await summary.textContent()).toContain("Please tell us in a few words.");
  expect(await summary.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(await page.title()).toMatch(/^Error: /);
  expect(await page.getByLabel("Not long at all").isChecked()).toBe(true);
  await summary.getByRole("link").click();
  expect(await other.evaluate((element) => element === document.activeElement)).toBe(true);
  await other.fill("a poster");
  await page.getByRole("button", { name: "Send my answers" }).click();
  expect(await page.getByRole("heading").textContent()).toBe("Thank you");
  await close();
});

test("at 320 px, at 200 % text, in light and dark, every page of the flow fits and axe finds nothing [ASK-40]", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    // axe needs script to run; the pages bring none, and their policy would stop it.
    const { page, close } = await phone({
      colorScheme,
      javaScriptEnabled: true,
      viewport: { width: 320, height: 640 },
    });
    const link = clinic.nextLink();
    await page.goto(link);
    await expectReadable(page);
    await page.getByRole("button", { name: "Yes, a few more" }).click();
    await expectReadable(page);
    await page.getByRole("button", { name: "Send my answers" }).click();
    await expectReadable(page);
    await page.goto(link);
    expect(await page.getByRole("heading").textContent()).toBe("This link is not open");
    await expectReadable(page);
    await close();
  }
});

async function expectReadable(page: Page): Promise<void> {
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().withTags(tags).analyze();
  expect(violations.map(({ id }) => `${page.url().split("/").pop()}: ${id}`)).toEqual([]);
  expect(await overflow()).toBe(0);
  await page.evaluate(() => document.documentElement.style.setProperty("font-size", "200%"));
  expect(await overflow()).toBe(0);
}

test("the policy stops whatever is put into the page from elsewhere, and any script at all [ASK-40]", async () => {
  const hits: string[] = [];
  const elsewhere = createServer((request, answer) => {
    hits.push(request.url ?? "");
    answer.end();
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const { page, errors, close } = await phone({ javaScriptEnabled: true });
  const intrude = () =>
    page.evaluate(async (from) => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'owned'";
      document.body.append(script);
      const image = new Image();
      const loaded = new Promise((resolve) => {
        image.onload = resolve;
        image.onerror = resolve;
      });
      image.src = `${from}/image`;
      document.body.append(image);
      await Promise.all([loaded, fetch(`${from}/fetch`, { mode: "no-cors" }).catch(() => null)]);
    }, url);
  await page.setContent("<title>a page without a policy</title>");
  await intrude();
  expect(hits.sort()).toEqual(["/fetch", "/image"]);
  expect(await page.title()).toBe("owned");
  hits.length = 0;
  await page.goto(clinic.nextLink());
  await intrude();
  expect(hits).toEqual([]);
  expect(await page.title()).toBe("How was your visit? – Common Ground");
  expect(errors.filter((error) => error.includes("Content Security Policy")).length).toBeGreaterThanOrEqual(3);
  await close();
  elsewhere.close();
});

test("where one clinic is served, even a token of pure chance gets that clinic's page of a link that is not open", async () => {
  const { page, close } = await phone();
  for (const token of ["A".repeat(28), "zzzz", "a".repeat(500)]) {
    const answer = await page.goto(`${desk.edge.url}/s/${token}`);
    expect(answer?.status(), token).toBe(404);
    expect(await page.title()).toBe("This link is not open – Common Ground");
  }
  await close();
});

test("going back after the answers are in leads to the page of a link that is not open, and changes nothing", async () => {
  const { page, close } = await phone();
  await page.goto(clinic.nextLink());
  await page.getByText("Very satisfied").click();
  await page.getByRole("button", { name: "No, just send these" }).click();
  await page.waitForURL(/\/done\?/);
  await page.goBack();
  await page.goto(page.url());
  const before = (await storedResponses(clinic)).length;
  expect(await page.getByRole("heading").textContent()).toBe("This link is not open");
  expect(await storedResponses(clinic)).toHaveLength(before);
  await close();
});
