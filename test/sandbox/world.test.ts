import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../../scraper/browser.ts";
import { startWorld, type World } from "./world.ts";

const ANA = "+12025550101";

let world: World;
const progress: string[] = [];
beforeAll(async () => {
  world = await startWorld({ redirectUris: ["http://localhost:1/in"], onProgress: (line) => void progress.push(line) });
});
afterAll(() => world.close());

function sendText() {
  const {
    TWILIO_ACCOUNT_SID,
    TWILIO_AUTH_TOKEN,
    TWILIO_MESSAGING_SERVICE_SID = "",
    TWILIO_BASE_URL,
  } = world.edgeSettings;
  return fetch(`${TWILIO_BASE_URL}/2010-04-01/Accounts/${TWILIO_ACCOUNT_SID}/Messages.json`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${TWILIO_ACCOUNT_SID}:${TWILIO_AUTH_TOKEN}`)}` },
    body: new URLSearchParams({ To: ANA, Body: "Hello", MessagingServiceSid: TWILIO_MESSAGING_SERVICE_SID }),
  });
}

async function chooseWeather(page: Page, part: string, choice: string): Promise<void> {
  await page.getByLabel(part).selectOption({ label: choice });
  await page.getByRole("button", { name: "Change the weather" }).click();
  await page.locator("select.bad").waitFor({ state: choice === "arrive" ? "detached" : "visible" });
}

test("the whole outside comes up, tells so line by line, and its settings reach it", async () => {
  expect(progress).toHaveLength(8);
  expect((await sendText()).status).toBe(201);
  expect(world.twilio.messages(ANA)).toHaveLength(1);
  const alarm = await fetch(world.edgeSettings.ALARM_WEBHOOK_URL ?? "", { method: "POST", body: "{}" });
  expect([alarm.status, world.mailbox.hookCalls.length]).toEqual([204, 1]);
  const { INFOBIP_API_KEY, INFOBIP_BASE_URL } = world.edgeSettings;
  const sent = await fetch(`${INFOBIP_BASE_URL}/sms/3/messages`, {
    method: "POST",
    headers: { authorization: `App ${INFOBIP_API_KEY}` },
    body: JSON.stringify({
      messages: [{ sender: "12025550198", destinations: [{ to: ANA.slice(1) }], content: { text: "And hello" } }],
    }),
  });
  expect(sent.status).toBe(200);
  await world.infobip.settled();
  expect(world.twilio.messages(ANA).map(({ body }) => body)).toEqual(["Hello", "And hello"]);
  const discovery = await fetch(`${world.edgeSettings.OIDC_ISSUER}/.well-known/openid-configuration`);
  expect(await discovery.json()).toMatchObject({ issuer: world.oidc.issuer });
});

test("the index page leads to every place, and its switches make things go wrong and right again", async () => {
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(world.url);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  const links = await page.locator(".places a").evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
  expect(links).toHaveLength(5);
  for (const link of links) expect((await fetch(link)).status).toBe(200);

  await chooseWeather(page, "Twilio’s texts", "are refused: Twilio is down");
  expect((await sendText()).status).toBe(503);
  await chooseWeather(page, "Twilio’s texts", "arrive");
  expect((await sendText()).status).toBe(201);
  await browser.close();
});

test("the clinics' own systems come up on request, with a place for each on the index page", async () => {
  const wide = await startWorld({ redirectUris: ["http://localhost:1/in"], withPractices: true });
  try {
    const page = await (await fetch(wide.url)).text();
    for (const name of ["Concrete", "Sycle’s database", "Amazon SQS", "The address service", "The printer’s box"])
      expect(page).toContain(name);
    const links = [...page.matchAll(/<h2><a href="([^"]+)"/g)].map(([, link]) => link ?? "");
    expect(links).toHaveLength(9);
    for (const link of links) expect([link, (await fetch(link)).status]).toEqual([link, 200]);
    expect(Object.keys(wide.practices?.sourceSettings ?? {})).toEqual(["bcb", "mhc", "ssm"]);
  } finally {
    await wide.close();
  }
});

test("a part that cannot start takes the others down with it", async () => {
  const before = progress.length;
  const broken = startWorld({
    redirectUris: ["not a url"],
    onProgress: (line) => void progress.push(line),
  });
  await expect(broken).rejects.toThrow(/invalid_redirect_uri/);
  const urls = progress.slice(before).flatMap((line) => line.match(/http:\S+/) ?? []);
  expect(urls.length).toBeGreaterThan(1);
  for (const url of urls) await expect(fetch(url)).rejects.toThrow();
});
