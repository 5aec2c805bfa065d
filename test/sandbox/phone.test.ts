import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { launchBrowser } from "../../scraper/browser.ts";
import { startTwilio, type Twilio } from "./twilio/start.ts";
import { startWebhookSink } from "./webhook-sink.ts";

const SERVICE = `MG${"2".repeat(32)}`;
const CLINIC = { number: "+12025550190", name: "Common Ground", serviceSid: SERVICE };
const LAB = { number: "+12025550191", name: "Hearing Center" };
const ANA = "+12025550101";
const SHARED = "+12025550102";
const LINK = "http://127.0.0.1:9/s/Zk3xq8vR2mT5wY7bN1cL0pQ9sDf";

let twilio: Twilio;
let sink: Awaited<ReturnType<typeof startWebhookSink>>;
let browser: Browser;
beforeAll(async () => {
  sink = await startWebhookSink();
  twilio = await startTwilio({
    accountSid: `AC${"1".repeat(32)}`,
    authToken: "invented-token",
    senders: [{ ...CLINIC, inboundUrl: `${sink.url}/inbound` }, LAB],
    phoneNames: { [ANA]: "Ana Testova", [SHARED]: "Bartholomew Mockingbird-Testerson and 2 more" },
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await twilio.close();
  await sink.close();
});
beforeEach(() => {
  twilio.reset();
  sink.deliveries.length = 0;
});

async function send(body: string, sender: Record<string, string> = { MessagingServiceSid: SERVICE }) {
  const response = await fetch(`${twilio.url}/2010-04-01/Accounts/${twilio.accountSid}/Messages.json`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${twilio.accountSid}:${twilio.authToken}`)}` },
    body: new URLSearchParams({ To: ANA, Body: body, ...sender }),
  });
  expect(response.status).toBe(201);
}

function openPhone(options: { javaScriptEnabled?: boolean; width?: number } = {}) {
  const { width = 390, ...rest } = options;
  return browser.newPage({ viewport: { width, height: 844 }, ...rest });
}

function inLog(page: Page, text: string) {
  return page.getByRole("log").getByText(text);
}

test("a text shows up on the open phone by itself, with sender, state, size and a link to tap", async () => {
  const page = await openPhone();
  await page.goto(`${twilio.url}/phone`);
  await page.getByText("No texts yet").waitFor();
  await send(`Common Ground: how was your visit? ${LINK} Reply STOP to opt out.`);
  await page.getByRole("link", { name: /Ana Testova/ }).click();
  await page.getByRole("heading", { name: "Common Ground" }).waitFor();
  await page.getByText("Delivered · 1 segment").waitFor();
  expect(await page.getByRole("link", { name: LINK }).getAttribute("href")).toBe(LINK);
  await page.getByLabel("Text back").fill("half a thou");
  await send("Common Ground: <b>see you</b> on Friday.");
  await inLog(page, "Common Ground: <b>see you</b> on Friday.").waitFor();
  expect(await page.getByLabel("Text back").inputValue()).toBe("half a thou");
  await page.close();
});

test.each([
  ["with", true],
  ["without", false],
])("a reply typed on the phone reaches the product's webhook, %s JavaScript", async (_, javaScriptEnabled) => {
  await send("Common Ground: how was your visit?");
  const page = await openPhone({ javaScriptEnabled });
  await page.goto(`${twilio.url}/phone/${ANA}`);
  await page.getByLabel("Text back").fill("Fine, thanks");
  await page.getByRole("button", { name: "Send" }).click();
  await inLog(page, "Fine, thanks").waitFor();
  await page.getByRole("button", { name: "STOP" }).click();
  await inLog(page, "You: STOP").waitFor();
  await twilio.settled();
  if (!javaScriptEnabled) await page.reload();
  await inLog(page, "You have successfully been unsubscribed.").waitFor();
  expect(sink.deliveries.map(({ form }) => [form.From, form.Body])).toEqual([
    [ANA, "Fine, thanks"],
    [ANA, "STOP"],
  ]);
  await page.close();
});

test("two senders are two conversations", async () => {
  await send("Common Ground: how was your visit?");
  await send("Hearing Center: your devices are ready.", { From: LAB.number });
  const page = await openPhone();
  await page.goto(`${twilio.url}/phone/${ANA}`);
  await page.getByRole("heading", { name: "Hearing Center" }).waitFor();
  expect(await inLog(page, "how was your visit?").count()).toBe(0);
  await page.getByRole("link", { name: "Common Ground" }).click();
  await inLog(page, "how was your visit?").waitFor();
  expect(await inLog(page, "devices are ready").count()).toBe(0);
  await page.close();
});

test.each([
  [390, "light"],
  [1280, "dark"],
] as const)(
  "at %i px in %s colours the phone has no accessibility fault and nothing runs off the side",
  async (width, colorScheme) => {
    twilio.script(ANA, "accept", "unreachable", "accept");
    await send(`Common Ground: how was your visit? ${LINK}`);
    await send("Common Ground: this one never arrives.");
    await twilio.text({ from: ANA, to: CLINIC.number, body: "Thank you" });
    await twilio.settled();
    const context = await browser.newContext({
      viewport: { width, height: 844 },
      colorScheme,
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    for (const path of ["/phone", `/phone/${ANA}`, `/phone/${SHARED}`]) {
      await page.goto(twilio.url + path);
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    }
    await context.close();
  },
);
