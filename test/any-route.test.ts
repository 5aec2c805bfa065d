import { gzipSync } from "node:zlib";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasRepeatedKey } from "../edge/repeated-key.ts";
import { inboundUrl, postAsTwilio } from "./clinic-line.ts";
import { type Clinic, type Desk, startDesk } from "./harness.ts";
import { head, sendRaw } from "./raw-http.ts";

let desk: Desk;
let clinic: Clinic;
beforeAll(async () => {
  desk = await startDesk();
  clinic = await desk.addTenant();
});
afterAll(() => desk?.close());

const raw = async (request: string | Buffer) => (await sendRaw(desk.edge.url, request)).status;

test("an address of 17 kB is refused, one of 9 kB as well [BAD-1]", async () => {
  expect(await raw(head("GET", `/s/${"a".repeat(17_000)}`))).toBe(414);
  expect(await raw(head("GET", `/healthz?q=${"a".repeat(9_000)}`))).toBe(414);
  expect(await raw(head("GET", `/healthz?q=${"a".repeat(1_000)}`))).toBe(200);
});

test("140 kB of headers are refused by the runtime itself [BAD-2]", async () => {
  const many = Array.from({ length: 20 }, (_, index) => `X-H${index}: ${"b".repeat(7_000)}`);
  expect(await raw(head("GET", "/healthz", ...many))).toBe(431);
  expect(await raw(head("GET", "/healthz", `X-H: ${"b".repeat(140_000)}`))).toBe(431);
});

test("NUL, a lone percent sign and overlong or broken UTF-8 in a path are malformed [BAD-3]", async () => {
  for (const path of ["/s/%00", "/s/a%00b", "/s/100%", "/s/%c0%af", "/s/%ff", "/t/%e2%28%a1/api/v1/jobs"]) {
    expect({ path, status: await raw(head("GET", path)) }).toEqual({ path, status: 400 });
  }
  const bytes = await raw(Buffer.from(head("GET", "/s/\xc0\xaf"), "latin1"));
  expect(bytes).toBeGreaterThanOrEqual(400);
  expect(bytes).toBeLessThan(500);
});

test("an encoded way out of a path leads nowhere [BAD-4]", async () => {
  const paths = [
    "/t/..%2f..%2fadmin/v1/tenants/list",
    "/s/..%2f..%2fadmin/v1/tenants/list",
    "/%2561dmin/v1/tenants/list",
    "/t%252fx/api/v1/jobs",
    "/%2e%2e%2fadmin/v1/tenants/list",
  ];
  for (const path of paths) {
    expect({ path, status: await raw(head("POST", path, "Content-Length: 0")) }).toEqual({ path, status: 404 });
  }
  // What a URL parser resolves lands on the real door, which is shut.
  expect(await raw(head("POST", "/t/x/../../admin/v1/tenants/list", "Content-Length: 0"))).toBe(401);
});

test("an address that leads nowhere is a page for people and problem details for machines", async () => {
  const ask = (accept: string) => fetch(`${desk.edge.url}/t/${clinic.slug}/nowhere`, { headers: { accept } });
  const [page, problem] = await Promise.all([ask("text/html"), ask("application/json")]);
  expect([page.status, problem.status]).toEqual([404, 404]);
  expect(await page.text()).toContain("<h1>Nothing here</h1>");
  expect(await problem.json()).toMatchObject({ status: 404, detail: "There is nothing at this address." });
});

test("a method that an address does not have is refused with the ones it has; override headers count for nothing [BAD-5]", async () => {
  const post = `/t/${clinic.slug}/twilio/inbound`;
  for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]) {
    expect({ method, status: await raw(head(method, post)) }).toEqual({ method, status: 405 });
  }
  const { status, text } = await sendRaw(desk.edge.url, head("GET", post, "X-HTTP-Method-Override: POST"));
  expect(status).toBe(405);
  expect(text).toMatch(/\r\nallow: POST\r\n/i);
  expect(await raw(head("POST", "/healthz", "X-Method-Override: GET", "Content-Length: 0"))).toBe(405);
  // Not even HTTP: the runtime does not know the word.
  expect(await raw(head("BREW", post))).toBe(501);
  expect(await raw(head("DELETE", "/no/such/place"))).toBe(404);
});

test("forwarded headers change neither who is believed nor where links lead [BAD-6]", async () => {
  const url = inboundUrl(desk, clinic);
  const headers = {
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-path": "/t/other/twilio/inbound",
    "x-real-ip": "127.0.0.1",
  };
  const form = { AccountSid: desk.twilio.accountSid, MessageSid: "SM6", From: "+12025550150", Body: "hello" };
  expect((await postAsTwilio(desk, url, form, { headers })).status).toBe(200);
  const signedUrl = `https://evil.example/t/${clinic.slug}/twilio/inbound`;
  expect((await postAsTwilio(desk, url, form, { signedUrl, headers })).status).toBe(403);
});

test("a body with two lengths, or a broken one, is refused and reaches no handler [BAD-7]", async () => {
  const path = `/t/${clinic.slug}/twilio/inbound`;
  const form = "Content-Type: application/x-www-form-urlencoded";
  expect(await raw(`${head("POST", path, form, "Content-Length: 4", "Transfer-Encoding: chunked")}0\r\n\r\n`)).toBe(
    400,
  );
  const before = desk.edge.logs.length;
  for (const lengths of [["Content-Length: 4", "Content-Length: 5"], ["Content-Length: abc"], ["Content-Length: -1"]]) {
    // The runtime closes the connection itself; no log line of ours tells of a request.
    expect(await raw(`${head("POST", path, form, ...lengths)}abcd`)).toBeGreaterThanOrEqual(400);
  }
  expect(desk.edge.logs.slice(before).filter((line) => line.includes("request_id"))).toEqual([]);
});

describe("of two values for one name none is believed", () => {
  test("a name given twice in a query is refused [BAD-8]", async () => {
    expect(await raw(head("GET", "/healthz?a=1&a=2"))).toBe(400);
    expect(await raw(head("GET", "/healthz?a=1&b=2"))).toBe(200);
  });

  test("a name given twice in a signed form is refused, even where the last one is the signed one [BAD-8]", async () => {
    const form = { AccountSid: desk.twilio.accountSid, MessageSid: "SM8", From: "+12025550151", Body: "STOP" };
    const body = `Body=hello&${new URLSearchParams(form)}`;
    expect((await postAsTwilio(desk, inboundUrl(desk, clinic), form, { body })).status).toBe(400);
    expect(await clinic.db.all(sql`SELECT id FROM inbound_messages WHERE dedupe_key = 'SM8'`)).toEqual([]);
  });

  test("a key named twice in signed JSON is refused [BAD-8]", async () => {
    const answer = await clinic.send("/jobs", null, { raw: '{"kind":"scrape","days":["2026-01-01"],"kind":"scrape"}' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail: "A key is named twice in one object." });
  });

  test("JSON nested a hundred thousand times is refused like any other that does not fit [BAD-8]", async () => {
    const raw = `${'{"0":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    expect((await clinic.send("/jobs", null, { raw })).status).toBe(400);
  });

  test.each([
    ['{"a":1,"a":2}', true],
    ['{"a":{"b":1},"b":{"a":1}}', false],
    ['[{"a":1},{"a":2}]', false],
    ['{"a":[{"x":1,"y":{"x":2},"x":3}]}', true],
    ['{"\\u0061":1,"a":2}', true],
    ['{"a":"a\\":","b":"{\\"a\\":1"}', false],
    ['{"__proto__":1,"__proto__":2}', true],
    ['"a"', false],
    [`{"a":"${"\\\\".repeat(50_000)}","b":1}`, false],
    ["[".repeat(2_000) + "]".repeat(2_000), false],
  ])("JSON %# is told right", (text, expected) => expect(hasRepeatedKey(text)).toBe(expected));
});

test("a compressed body is refused unopened, small as it is [BAD-10]", async () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  expect(bomb.length).toBeLessThan(11_000);
  const headers = { "content-encoding": "gzip", "content-type": "application/json" };
  for (const path of [`/t/${clinic.slug}/api/v1/appointments`, "/admin/v1/tenants/list"]) {
    const answer = await fetch(`${desk.edge.url}${path}`, { method: "POST", headers, body: bomb });
    expect(answer.status).toBe(415);
  }
});

test("answers to machines may not be framed, sniffed, cached by accident or run", async () => {
  const answer = await fetch(`${desk.edge.url}/t/${clinic.slug}/api/v1/jobs`, { method: "POST", body: "{}" });
  expect(answer.status).toBe(401);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  });
});
