import { createHash } from "node:crypto";
import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EnvSchema } from "../../edge/env.ts";
import { makeThanksProof } from "../../edge/responses/survey/thanks-proof.ts";
import { type Desk, eventually, startDesk } from "../harness.ts";
import {
  clinicWithLinks,
  expire,
  post,
  type SurveyClinic,
  storedResponses,
  textedClinic,
  tokenHash,
  tokenOf,
} from "./survey-desk.ts";

let desk: Desk;
let clinic: SurveyClinic;
beforeAll(async () => {
  desk = await startDesk({ SENDER_RATE_PER_SECOND: "500" });
  clinic = await clinicWithLinks(desk, 20);
});
afterAll(() => desk?.close());

/** The page without what must differ: nonce and token. */
async function pageOf(link: string): Promise<{ status: number; html: string; headers: string[] }> {
  const answer = await fetch(link);
  const html = (await answer.text()).replaceAll(/nonce="[^"]+"/g, "").replaceAll(tokenOf(link), "TOKEN");
  return { status: answer.status, html, headers: [...answer.headers.keys()].sort() };
}

/** The link with one character of its token changed. */
function changed(link: string, place: number): string {
  const token = tokenOf(link);
  const other = token[place] === "A" ? "B" : "A";
  return link.replace(token, token.slice(0, place) + other + token.slice(place + 1));
}

test("the form opens in one response under 14 kB gzipped, in the clinic's name, and says what is kept", async () => {
  const answer = await fetch(clinic.nextLink());
  const html = await answer.text();
  expect(answer.status).toBe(200);
  expect(html).toContain("How was your visit?");
  expect(html).toContain("Your answers are stored without your name");
  expect(html).toContain("202-555-0100");
  expect(gzipSync(html).length).toBeLessThan(14_000);
});

test("unknown, expired and used links get the same 404 page [ASK-38 BAD-11 BAD-12 BAD-13]", async () => {
  const [expired, used, open, forgotten] = [clinic.nextLink(), clinic.nextLink(), clinic.nextLink(), clinic.nextLink()];
  await expire(clinic, expired);
  await clinic.db.run(sql`DELETE FROM invite_links WHERE token_hash = ${tokenHash(forgotten)}`);
  expect((await post(used, { SatisfactionWithService: "Neutral" })).status).toBe(303);
  const unknown = await pageOf(changed(open, 27));
  expect(unknown.status).toBe(404);
  expect(unknown.html).toContain("202-555-0100");
  expect(unknown.html).toContain("Text me a fresh link");
  expect(await pageOf(expired)).toEqual(unknown);
  expect(await pageOf(used)).toEqual(unknown);
  expect(await pageOf(forgotten)).toEqual(unknown);
  expect((await fetch(open)).status).toBe(200);
});

test("only who has just sent answers is thanked: to all others each link's thank-you page looks like an unknown link's", async () => {
  const [open, expired, used, other] = [clinic.nextLink(), clinic.nextLink(), clinic.nextLink(), clinic.nextLink()];
  await expire(clinic, expired);
  const sent = await post(used, { SatisfactionWithService: "Neutral" });
  const { pathname, searchParams } = new URL(sent.headers.get("location") ?? "", used);
  const proof = searchParams.get("sent") ?? "";
  const thanks = await (await fetch(`${desk.edge.url}${pathname}?sent=${proof}`)).text();
  expect(thanks).toContain("Your answers are in.");
  expect(thanks).toContain(`href="?lang=es&amp;sent=${proof}"`);
  const unknown = await pageOf(`${changed(open, 27)}/done`);
  expect(unknown.status).toBe(404);
  const [until = "", signature = ""] = proof.split(".");
  const keys = EnvSchema.shape.LINK_KEYS.parse(desk.edge.settings.LINK_KEYS);
  const earlier = await makeThanksProof(keys, tokenOf(used), Date.now() - 61 * 60_000);
  const later = `${(Number.parseInt(until, 36) + 1).toString(36)}.${signature}`;
  const addresses = [open, expired, used].map((link) => `${link}/done`);
  const forged = ["", "1", earlier, later, `${until}.`, "zzzzzzzzzz.A"].map((odd) => `${used}/done?sent=${odd}`);
  for (const address of [...addresses, ...forged, `${other}/done?sent=${proof}`]) {
    expect(await pageOf(address), address).toEqual(unknown);
  }
});

test("a press on the button texts a fresh link for an expired one, and nothing for used or unknown ones", async () => {
  const own = await textedClinic(desk, 2);
  const [expired, used] = [own.nextLink(), own.nextLink()];
  await expire(own, expired);
  await post(used, { SatisfactionWithService: "Neutral" });
  const planned = () => own.db.all(sql`SELECT * FROM touches WHERE kind = 'survey_fresh_link'`);
  const answers = await Promise.all(
    [expired, expired, used, changed(used, 27)].map((link) => post(`${link}/fresh`, {})),
  );
  const pages = await Promise.all(answers.map((answer) => answer.text()));
  const bodies = pages.map((html) => html.replaceAll(/nonce="[^"]+"/g, ""));
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
  expect(new Set(bodies).size).toBe(1);
  expect(await planned()).toHaveLength(1);
});

test("the fresh link that is texted opens the form again", async () => {
  const own = await textedClinic(desk, 1);
  const link = own.nextLink();
  const phone = desk.twilio.messages().find(({ body }) => body.includes(link))?.to;
  await expire(own, link);
  await post(`${link}/fresh`, {});
  await desk.edge.cron();
  const second = await eventually(async () => desk.twilio.messages(phone)[1]);
  const fresh = /http\S+/.exec(second.body)?.[0] ?? "";
  expect(fresh).not.toBe(link);
  expect((await fetch(fresh)).status).toBe(200);
  expect((await fetch(link)).status).toBe(404);
});

test("a token with one character changed is refused by its checksum, before any clinic's database is asked [BAD-14]", async () => {
  const link = clinic.nextLink();
  const places = [5, 12, 20, 24, 27];
  desk.sqld.pause();
  try {
    const statuses = await Promise.all(places.map(async (place) => (await fetch(changed(link, place))).status));
    expect(statuses).toEqual(places.map(() => 404));
  } finally {
    desk.sqld.resume();
  }
  expect((await fetch(link)).status).toBe(200);
});

test("a hundred misses a minute from one address are enough, and open links still open there [BAD-15]", async () => {
  const link = clinic.nextLink();
  const headers = { "cf-connecting-ip": "198.51.100.7" };
  const statuses: number[] = [];
  for (let round = 0; round < 11; round += 1) {
    const wrong = Array.from({ length: 10 }, () => fetch(changed(link, 27), { headers }));
    statuses.push(...(await Promise.all(wrong)).map((answer) => answer.status));
  }
  expect(statuses.filter((status) => status === 404).length).toBeGreaterThanOrEqual(100);
  expect(statuses.at(-1)).toBe(429);
  expect((await fetch(link, { headers })).status).toBe(200);
  expect((await fetch(changed(link, 27), { headers: { "cf-connecting-ip": "198.51.100.8" } })).status).toBe(404);
});

test("opening a link, by scanner, preview or HEAD, writes nothing at all [ASK-38 BAD-16]", async () => {
  const link = clinic.nextLink();
  const before = await dump();
  await fetch(link, { headers: { "user-agent": "WhatsApp/2.23 A" } });
  await fetch(`${link}?lang=es`);
  await fetch(`${link}/more`);
  await fetch(`${link}/done`);
  await fetch(`${link}/fresh`);
  expect((await fetch(link, { method: "HEAD" })).status).toBe(200);
  expect(await dump()).toEqual(before);
  expect((await post(link, { SatisfactionWithService: "Neutral" })).status).toBe(303);
});

async function dump() {
  const tables = await clinic.db.all<{ name: string }>(sql`SELECT name FROM sqlite_master WHERE type = 'table'`);
  const rows = tables.map(({ name }) => clinic.db.all(sql`SELECT * FROM ${sql.identifier(name)}`));
  return Promise.all(rows);
}

test("a clinic's link opens on its own host only [BAD-17]", async () => {
  const away = await clinicWithLinks(desk, 1, { hosts: ["surveys.clinic.example"] });
  const link = away.nextLink();
  const here = new URL(link).pathname;
  expect((await fetch(`${desk.edge.url}${here}`)).status).toBe(404);
  expect(await statusWithHost(here, "surveys.clinic.example")).toBe(200);
  expect(await statusWithHost(new URL(clinic.nextLink()).pathname, "surveys.clinic.example")).toBe(404);
});

test("a form says nothing of its link, packed or not, and its policy lets through its own style alone", async () => {
  const [one, other] = [clinic.nextLink(), clinic.nextLink()];
  const answers = await Promise.all(
    [one, other, one].map((link, at) => fetch(link, { headers: { "accept-encoding": at < 2 ? "gzip" : "identity" } })),
  );
  expect(answers.map(({ headers }) => headers.get("content-encoding"))).toEqual(["gzip", "gzip", null]);
  const [page = "", ...same] = await Promise.all(answers.map((answer) => answer.text()));
  expect(same).toEqual([page, page]);
  expect(page).not.toContain(tokenOf(one));
  const style = /<style[^>]*>(.*?)<\/style>/s.exec(page)?.[1] ?? "";
  const policy = answers[0]?.headers.get("content-security-policy");
  expect(policy).toContain(`style-src 'sha256-${createHash("sha256").update(style).digest("base64")}';`);
});

/** A request for another host at the same address, which `fetch` does not make. */
function statusWithHost(path: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(desk.edge.url);
    request({ host: "127.0.0.1", port, path, headers: { host } }, (answer) => resolve(answer.statusCode ?? 0))
      .on("error", reject)
      .end();
  });
}

test("what the address carries is never run, followed or repeated [BAD-18 BAD-19]", async () => {
  const link = clinic.nextLink();
  const script = encodeURIComponent('"><script>alert(1)</script>');
  const query = `?lang=${script}&next=//evil.example&utm_source=${script}&return=javascript:alert(1)`;
  const html = await (await fetch(`${link}${query}`)).text();
  expect(html).not.toMatch(/<script|alert\(1\)|evil\.example/);
  expect(html).toContain('<html lang="en">');
  const posted = await post(`${link}${query}`, { next: "//evil.example", ProceedWithMoreQuestions: "No" });
  expect(posted.headers.get("location")).toMatch(new RegExp(`^/s/${tokenOf(link)}/done\\?sent=[\\w.-]+$`));
});

test("no page may be framed, cached, sniffed or named to other sites, and nothing foreign may load [BAD-20]", async () => {
  const link = clinic.nextLink();
  for (const url of [link, changed(link, 27), `${link}/done`, `${link}/more`]) {
    const { headers } = await fetch(url);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/default-src 'none'; style-src '(nonce|sha256)-[\w+/=-]{16,}'/);
    for (const rule of ["form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
      expect(policy).toContain(rule);
    expect(policy).not.toMatch(/https?:|unsafe|\*/);
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("strict-transport-security")).toBe("max-age=31536000; includeSubDomains");
  }
});

test("the language is switched by a link that only reads, and stays through the flow", async () => {
  const link = clinic.nextLink();
  const spanish = await (await fetch(`${link}?lang=es`)).text();
  expect(spanish).toContain('<html lang="es">');
  expect(spanish).toContain("¿Cómo fue su visita?");
  expect(await (await fetch(link, { headers: { "accept-language": "es-MX,en;q=0.5" } })).text()).toContain('lang="es"');
  const action = /action="([^"]+)"/.exec(spanish)?.[1] ?? "";
  const saved = await post(new URL(action, link).href, { ProceedWithMoreQuestions: "Yes" });
  expect(saved.headers.get("location")).toBe(`/s/${tokenOf(link)}/more?lang=es`);
  const [stored] = (await storedResponses(clinic)).filter((row) => (row as { locale?: string }).locale === "es");
  expect(stored?.answers).toEqual({ ProceedWithMoreQuestions: "Yes" });
});
