import { createHash, createHmac } from "node:crypto";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { launchBrowser } from "../../scraper/browser.ts";
import { signatureFault } from "./mailbox/sigv4.ts";
import { type Mailbox, startMailbox } from "./mailbox/start.ts";

const KEYS = { accessKeyId: "AKIDINVENTED", secretAccessKey: "invented-secret" };
const MAIL = {
  FromEmailAddress: "Common Ground <hello@commonground.example>",
  Destination: { ToAddresses: ["ana@patients.example"] },
  Content: {
    Simple: {
      Subject: { Data: "How was your visit?" },
      Body: { Text: { Data: "Two questions: http://127.0.0.1:9/s/abc" }, Html: { Data: "<p>Two questions</p>" } },
      Headers: [{ Name: "List-Unsubscribe", Value: "<http://127.0.0.1:9/u/abc>" }],
    },
  },
};

let mailbox: Mailbox;
let browser: Browser;
beforeAll(async () => {
  mailbox = await startMailbox(KEYS);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await mailbox.close();
});
beforeEach(() => mailbox.reset());

/** Signs as the AWS documents say, written apart from the stand-in's check. */
function signedHeaders(body: string, { secret = KEYS.secretAccessKey, at = Date.now() } = {}): Record<string, string> {
  const date = `${new Date(at).toISOString().replace(/[-:]/g, "").slice(0, 15)}Z`;
  const hmac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest();
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const { host } = new URL(mailbox.url);
  const canonical = `POST\n/v2/email/outbound-emails\n\ncontent-type:application/json\nhost:${host}\nx-amz-date:${date}\n\ncontent-type;host;x-amz-date\n${hash(body)}`;
  const scope = `${date.slice(0, 8)}/us-east-1/ses/aws4_request`;
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, date.slice(0, 8)), "us-east-1"), "ses"), "aws4_request");
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash(canonical)}`).toString("hex");
  return {
    "content-type": "application/json",
    "x-amz-date": date,
    authorization: `AWS4-HMAC-SHA256 Credential=${KEYS.accessKeyId}/${scope}, SignedHeaders=content-type;host;x-amz-date, Signature=${signature}`,
  };
}

function send(
  mail: object = MAIL,
  { headers = undefined as Record<string, string> | undefined, deadlineMs = 5_000 } = {},
) {
  const body = JSON.stringify(mail);
  return fetch(`${mailbox.url}/v2/email/outbound-emails`, {
    ...{ method: "POST", body, headers: headers ?? signedHeaders(body), signal: AbortSignal.timeout(deadlineMs) },
  });
}

test("a signed mail is taken and kept with its extra headers", async () => {
  const response = await send();
  expect(response.status).toBe(200);
  const { MessageId } = (await response.json()) as { MessageId: string };
  expect(mailbox.mails).toMatchObject([
    { id: MessageId, to: ["ana@patients.example"], subject: "How was your visit?", html: "<p>Two questions</p>" },
  ]);
  expect(mailbox.mails[0]?.headers).toEqual([{ name: "List-Unsubscribe", value: "<http://127.0.0.1:9/u/abc>" }]);
});

test("a raw MIME mail is taken too", async () => {
  const raw = "Subject: Long\r\n subject\r\nList-Unsubscribe-Post: One-Click\r\n\r\nHello";
  await send({ ...MAIL, Content: { Raw: { Data: Buffer.from(raw).toString("base64") } } });
  expect(mailbox.mails[0]).toMatchObject({ subject: "Long subject", text: "Hello" });
});

test("the signature check agrees with the example AWS publishes", () => {
  const headers = new Headers({
    host: "iam.amazonaws.com",
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    "x-amz-date": "20150830T123600Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
  });
  const url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  const check = (body: string) =>
    signatureFault(
      { method: "GET", url, headers, body },
      { ...credentials, service: "iam" },
      Date.UTC(2015, 7, 30, 12, 36),
    );
  expect(check("")).toBeNull();
  expect(check("changed")).toBe("InvalidSignatureException");
});

test.each([
  ["no signature", () => ({}), "MissingAuthenticationTokenException"],
  [
    "a signature with another secret",
    (body: string) => signedHeaders(body, { secret: "wrong" }),
    "InvalidSignatureException",
  ],
  ["a signature over another body", () => signedHeaders("{}"), "InvalidSignatureException"],
  [
    "an old signature",
    (body: string) => signedHeaders(body, { at: Date.now() - 600_000 }),
    "InvalidSignatureException",
  ],
] as const)("%s is refused as AWS does and nothing is kept", async (_, headers, type) => {
  const response = await send(MAIL, { headers: headers(JSON.stringify(MAIL)) });
  expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([403, type]);
  expect(mailbox.mails).toEqual([]);
});

test("a mail without recipient is a bad request", async () => {
  expect((await send({ ...MAIL, Destination: {} })).headers.get("x-amzn-errortype")).toBe("BadRequestException");
});

test("scripted faults hit their address only and are used up", async () => {
  mailbox.script("ana@patients.example", "throttled", "accept-then-reset", "accept");
  expect((await send()).status).toBe(429);
  await expect(send()).rejects.toThrow();
  expect(mailbox.mails).toHaveLength(1);
  expect((await send()).status).toBe(200);
  mailbox.script("*", "hang");
  await expect(
    send({ ...MAIL, Destination: { ToAddresses: ["ben@patients.example"] } }, { deadlineMs: 200 }),
  ).rejects.toThrow();
  expect(mailbox.mails).toHaveLength(2);
});

test("a webhook receiver keeps every post with its headers, also those it is told to refuse", async () => {
  mailbox.scriptHook("alarms", 503, 204);
  const post = () =>
    fetch(mailbox.hookUrl("alarms"), {
      method: "POST",
      headers: { "webhook-id": "msg_1" },
      body: '{"type":"run.failed"}',
    });
  expect([(await post()).status, (await post()).status]).toEqual([503, 204]);
  expect(mailbox.hookCalls).toHaveLength(2);
  expect(mailbox.hookCalls[0]).toMatchObject({ name: "alarms", body: '{"type":"run.failed"}' });
  expect(mailbox.hookCalls[0]?.headers["webhook-id"]).toBe("msg_1");
});

test("the mailbox page shows what arrives by itself and opens it, without accessibility faults", async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`${mailbox.url}/mailbox`);
  await send();
  await fetch(mailbox.hookUrl("alarms"), { method: "POST", body: '{"type":"run.failed"}' });
  await page.getByText("run.failed").waitFor();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByRole("link", { name: /How was your visit/ }).click();
  const link = page.getByRole("link", { name: "http://127.0.0.1:9/s/abc" });
  expect(await link.getAttribute("href")).toBe("http://127.0.0.1:9/s/abc");
  expect(await page.frameLocator("iframe").getByText("Two questions").isVisible()).toBe(true);
  expect((await new AxeBuilder({ page }).exclude("iframe").analyze()).violations).toEqual([]);
  await context.close();
});
