import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Desk, eventually, startDesk } from "../harness.ts";
import { clinicWithLinks, tokenHash, tokenOf } from "./survey-desk.ts";
import { postForm, press, type RemindedClinic, remindedClinic } from "./visit-desk.ts";

const PHONES = Array.from({ length: 14 }, (_, index) => `+120255501${String(index + 10)}`);
const HOUR_MS = 3_600_000;

let desk: Desk;
let clinic: RemindedClinic;
const unused = [...PHONES];
beforeAll(async () => {
  desk = await startDesk({ SENDER_RATE_PER_SECOND: "500", RECONCILE_AFTER_SECONDS: "1" });
  clinic = await remindedClinic(desk, "+12025550171", PHONES);
});
afterAll(() => desk?.close());

/** Somebody whose link no test has used yet. */
function nobodyYet(): { phone: string; link: string } {
  const phone = unused.pop();
  if (!phone) throw new Error("more people used than there are");
  return { phone, link: clinic.linkOf(phone) };
}

async function pageOf(link: string): Promise<{ status: number; html: string; headers: string[] }> {
  const answer = await fetch(link);
  const html = (await answer.text()).replaceAll(/nonce="[^"]+"/g, "").replaceAll(tokenOf(link), "TOKEN");
  return { status: answer.status, html, headers: [...answer.headers.keys()].sort() };
}

function changed(link: string, place: number): string {
  const token = tokenOf(link);
  return link.replace(token, token.slice(0, place) + (token[place] === "A" ? "B" : "A") + token.slice(place + 1));
}

const titleOf = async (answer: Response | Promise<Response>) =>
  /<h1>([^<]+)<\/h1>/.exec(await (await answer).text())?.[1];

async function dump(): Promise<unknown[]> {
  const tables = await clinic.db.all<{ name: string }>(sql`SELECT name FROM sqlite_master WHERE type = 'table'`);
  return Promise.all(tables.map(({ name }) => clinic.db.all(sql`SELECT * FROM ${sql.identifier(name)}`)));
}

test("a reminder's link shows the day and time that the text told, and nothing of who comes or what for, in under 14 kB", async () => {
  const { phone, link } = nobodyYet();
  const answer = await fetch(link);
  const html = await answer.text();
  expect(answer.status).toBe(200);
  const [, told] = /see you (\w+ at [^.]+)\./.exec(clinic.said(phone).at(-1) ?? "") ?? [];
  const [, shown] = /class="when">([^<]+)</.exec(html) ?? [];
  const [, day, time] = /^(\w+), \w+ \d+, (.+)$/.exec(shown ?? "") ?? [];
  expect(`${day} at ${time}`).toBe(told);
  expect(html).not.toMatch(/river|testerly|clinician|BHUC|1984/i);
  expect(html).not.toMatch(/<script|https?:\/\/(?!localhost)/);
  expect(gzipSync(html).length).toBeLessThan(14_000);
  expect(await (await fetch(`${link}/time`)).text()).not.toMatch(/river|testerly|clinician|BHUC/i);
});

test("a reminder whose hand-over broke off leads to its visit all the same: the link was kept with the attempt, before the call", async () => {
  const phone = "+12025550140";
  desk.twilio.script(phone, "accept-then-reset");
  const own = await remindedClinic(desk, "+12025550174", [phone]);
  expect(own.said(phone)).toHaveLength(1);
  expect((await press(own.linkOf(phone))).status).toBe(303);
  const links = await own.db.all(sql`SELECT touch_id AS id FROM visit_links`);
  expect(links).toEqual(await own.db.all(sql`SELECT touch_id AS id FROM attempts`));
});

test("a press confirms the visit beside what the schedule says, once however often it is pressed, with an audit event", async () => {
  const { phone, link } = nobodyYet();
  const before = await clinic.visitOf(phone);
  const answers = await Promise.all([press(link), press(link), press(link)]);
  expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
  expect(answers[0]?.headers.get("location")).toBe(new URL(link).pathname);
  expect(await titleOf(fetch(link))).toBe("Thank you, we expect you");
  const after = await clinic.visitOf(phone);
  expect(after).toMatchObject({ confirmed_for_at: before.starts_at, status: "pending", source_status: "Scheduled" });
  const events = await clinic.db.all(
    sql`SELECT actor, details FROM audit WHERE action = 'visit.confirmed' AND entity_id = ${before.id}`,
  );
  expect(events).toEqual([{ actor: "patient", details: JSON.stringify({ by: "link", startsAt: before.starts_at }) }]);
});

test("opening a visit's pages, by scanner, preview or HEAD, writes nothing at all [BAD-16]", async () => {
  const { link } = nobodyYet();
  const before = await dump();
  await fetch(link, { headers: { "user-agent": "WhatsApp/2.23 A" } });
  for (const path of ["", "?lang=es", "/time", "/ics"]) {
    expect([path, (await fetch(link + path)).status]).toEqual([path, 200]);
    expect([path, (await fetch(link + path, { method: "HEAD" })).status]).toEqual([path, 200]);
  }
  await fetch(`${link}/fresh`);
  expect(await dump()).toEqual(before);
  expect((await press(link)).status).toBe(303);
});

test("unknown, expired and forgotten links, and those of visits that have begun, get one 404 page that says whom to call [BAD-11 BAD-12 BAD-13]", async () => {
  const [open, expired, forgotten, begun] = [nobodyYet(), nobodyYet(), nobodyYet(), nobodyYet()];
  await clinic.db.run(sql`UPDATE visit_links SET expires_at = 1 WHERE token_hash = ${tokenHash(expired.link)}`);
  await clinic.db.run(sql`DELETE FROM visit_links WHERE token_hash = ${tokenHash(forgotten.link)}`);
  const visit = await clinic.visitOf(begun.phone);
  await clinic.db.run(sql`UPDATE appointments SET starts_at = ${Date.now() - 1} WHERE id = ${visit.id}`);
  const unknown = await pageOf(changed(open.link, 27));
  expect(unknown.status).toBe(404);
  expect(unknown.html).toContain("please call us");
  expect(unknown.html).toContain("Send me a fresh link");
  expect(unknown.html).toContain("202-555-0100");
  for (const { link } of [expired, forgotten, begun]) {
    for (const path of ["", "/time", "/ics"]) expect(await pageOf(link + path)).toEqual(unknown);
    expect((await postForm(link, { "form-version": String(visit.starts_at) })).status).toBe(404);
  }
  const [link] = await clinic.db.all<{ expires_at: number; starts_at: number }>(
    sql`SELECT expires_at, starts_at FROM visit_links WHERE token_hash = ${tokenHash(open.link)}`,
  );
  expect(link?.expires_at).toBe(link?.starts_at);
  unused.push(open.phone);
});

describe("a fresh link", () => {
  const PEOPLE = Array.from({ length: 7 }, (_, index) => `+120255501${String(index + 60)}`);
  let own: RemindedClinic;
  beforeAll(async () => {
    own = await remindedClinic(desk, "+12025550176", PEOPLE);
    await own.db.run(sql`UPDATE visit_links SET expires_at = 1`);
  }, 30_000);
  const askFresh = (link: string, query = "") => postForm(`${link}/fresh${query}`, {});
  type Fresh = { channel: string; template: string; status: string; reason: string | null; within: number };
  const freshOf = async (phone: string) =>
    own.db.all<Fresh>(sql`SELECT touches.channel, template_key AS template, touches.status, reason,
      not_after_at <= starts_at AS within FROM touches JOIN appointments ON appointments.id = appointment_id
      WHERE appointment_id = ${(await own.visitOf(phone)).id} AND kind = 'visit_fresh_link'`);
  const set = async (phone: string, change: ReturnType<typeof sql>) =>
    own.db.run(sql`UPDATE appointments SET ${change} WHERE id = ${(await own.visitOf(phone)).id}`);

  test("is texted for one that ran out before its visit, once however often it is asked for, and opens the visit; the old one stays shut", async () => {
    const [phone = ""] = PEOPLE;
    const link = own.linkOf(phone);
    await Promise.all([askFresh(link), askFresh(link), askFresh(link)]);
    const said = await eventually(async () => {
      await own.strike();
      return own.said(phone).length > 1 && own.said(phone);
    }, 20_000);
    expect(said).toHaveLength(2);
    expect(said[1]).toMatch(/new link to your visit: http/);
    const fresh = /http\S+/.exec(said[1] ?? "")?.[0] ?? "";
    expect((await press(fresh)).status).toBe(303);
    expect((await own.visitOf(phone)).confirmed_at).not.toBeNull();
    expect((await fetch(link)).status).toBe(404);
    // One that is open needs no other; and after two for one visit it is enough.
    await askFresh(fresh);
    expect(await freshOf(phone)).toHaveLength(1);
    for (const _ of [1, 2, 3]) {
      await askFresh(link);
      await own.db.run(
        sql`UPDATE touches SET status = 'delivered' WHERE kind = 'visit_fresh_link' AND status = 'planned'`,
      );
    }
    expect(await freshOf(phone)).toHaveLength(2);
  }, 30_000);

  test("is for no visit that is over, cancelled or gone, and every link is answered with the same page, also in Spanish", async () => {
    const [, over = "", cancelled = "", gone = "", odd = ""] = PEOPLE;
    await set(over, sql`starts_at = ${Date.now() - 1}`);
    await set(cancelled, sql`status = 'cancelled'`);
    await set(gone, sql`removed_at = 1, removed_reason = 'absent_from_snapshot'`);
    await set(odd, sql`status = 'unknown'`);
    const links = [over, cancelled, gone, odd].map((phone) => own.linkOf(phone));
    const answers = [];
    for (const link of [...links, changed(links[0] ?? "", 27), own.linkOf(PEOPLE[0] ?? "")]) {
      const answer = await askFresh(link);
      answers.push([answer.status, (await answer.text()).replaceAll(/nonce="[^"]+"/g, "")]);
    }
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(answers[0]).toEqual([200, expect.stringContaining("a fresh one is on its way")]);
    for (const phone of [over, cancelled, gone, odd]) expect(await freshOf(phone)).toEqual([]);
    expect(await (await askFresh(links[0] ?? "", "?lang=es")).text()).toContain("un enlace nuevo va en camino");
    const foreign = await postForm(`${links[0]}/fresh`, {}, { origin: "https://evil.example" });
    expect(foreign.status).toBe(403);
    const headers = { "cf-connecting-ip": "198.51.100.78" };
    const guesses = await Promise.all(
      Array.from({ length: 110 }, () => postForm(`${changed(links[0] ?? "", 27)}/fresh`, {}, headers)),
    );
    expect(guesses.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
  });

  test("goes by mail where the reminder did, and is not sent for a visit that was cancelled meanwhile", async () => {
    const [, , , , , mailed = "", off = ""] = PEOPLE;
    await own.db.run(sql`UPDATE touches SET channel = 'mail' WHERE appointment_id = ${(await own.visitOf(mailed)).id}`);
    await askFresh(own.linkOf(mailed));
    expect(await freshOf(mailed)).toMatchObject([{ channel: "mail", template: "visit-fresh-link-mail", within: 1 }]);
    await own.db.run(sql`INSERT INTO pauses (id, reason, by, created_at) VALUES ('pse_1', 'a test', 'x', 1)`);
    await askFresh(own.linkOf(off));
    await set(off, sql`status = 'cancelled', needs_planning = 1, updated_at = updated_at + 1`);
    await own.db.run(sql`UPDATE pauses SET lifted_at = 1`);
    await own.makeDue();
    await own.strike();
    expect(await freshOf(off)).toMatchObject([{ channel: "sms", status: "cancelled", reason: "visit_changed" }]);
    expect(own.said(off)).toHaveLength(1);
  });

  test("can be had until the visit begins, however long ago the old one ran out", async () => {
    const phone = "+12025550142";
    const late = await remindedClinic(desk, "+12025550177", [phone]);
    await late.db.run(sql`UPDATE visit_links SET expires_at = ${Date.now() - 9 * 24 * HOUR_MS}`);
    await late.strike();
    await askFresh(late.linkOf(phone));
    expect(await late.db.all(sql`SELECT kind FROM touches WHERE kind = 'visit_fresh_link'`)).toHaveLength(1);
    await late.db.run(sql`UPDATE visit_links SET starts_at = 1`);
    await late.wake();
    await late.strike();
    expect(await late.db.all(sql`SELECT 1 FROM visit_links WHERE starts_at = 1`)).toEqual([]);
  }, 30_000);
});

test("a visit that the source has since given to another person is shown to nobody by the first one's link", async () => {
  const [open, other] = [nobodyYet(), nobodyYet()];
  const visit = await clinic.visitOf(open.phone);
  await clinic.db.run(sql`UPDATE appointments SET patient_id = (SELECT patient_id FROM appointments
    WHERE id = ${(await clinic.visitOf(other.phone)).id}) WHERE id = ${visit.id}`);
  expect((await pageOf(open.link)).status).toBe(404);
  expect((await postForm(open.link, { "form-version": String(visit.starts_at) })).status).toBe(404);
  expect((await clinic.visitOf(open.phone)).confirmed_at).toBe(null);
  unused.push(other.phone);
});

test("a reminder sent long before its visit carries a link for 72 hours, another one until the visit begins", async () => {
  const phone = "+12025550141";
  const step = { offsetHours: -120 };
  const early = await remindedClinic(desk, "+12025550175", [phone], { minutes: 119.5 * 60, step });
  const [link] = await early.db.all<{ expires_at: number; started_at: number }>(
    sql`SELECT expires_at, started_at FROM visit_links JOIN attempts ON attempts.touch_id = visit_links.touch_id`,
  );
  expect((link?.expires_at ?? 0) - (link?.started_at ?? 0)).toBe(72 * HOUR_MS);
  expect((await fetch(early.linkOf(phone))).status).toBe(200);
});

test("a token with one character changed is refused before any clinic's database is asked; too many get no page [BAD-14 BAD-15]", async () => {
  const { link, phone } = nobodyYet();
  desk.sqld.pause();
  try {
    for (const place of [5, 12, 20, 27]) expect((await fetch(changed(link, place))).status).toBe(404);
  } finally {
    desk.sqld.resume();
  }
  const headers = { "cf-connecting-ip": "198.51.100.77" };
  const wrong = await Promise.all(Array.from({ length: 110 }, () => fetch(changed(link, 27), { headers })));
  expect(wrong.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
  expect((await fetch(link, { headers })).status).toBe(200);
  unused.push(phone);
});

test("a visit that has moved says so with its new time; a press on the old page does not confirm it, a press on the new one does", async () => {
  const { phone, link } = nobodyYet();
  const { id, starts_at: told } = await clinic.visitOf(phone);
  await clinic.db.run(sql`UPDATE appointments SET starts_at = ${told + 24 * HOUR_MS} WHERE id = ${id}`);
  const late = await postForm(link, { "form-version": String(told) });
  expect([late.status, await titleOf(late)]).toEqual([409, "Your visit has moved"]);
  const stored = async () => (await clinic.db.all(sql`SELECT confirmed_for_at FROM appointments WHERE id = ${id}`))[0];
  expect(await stored()).toEqual({ confirmed_for_at: null });
  expect((await press(link)).status).toBe(303);
  expect(await stored()).toEqual({ confirmed_for_at: told + 24 * HOUR_MS });
  // Moved once more: what was confirmed was another time.
  await clinic.db.run(sql`UPDATE appointments SET starts_at = ${told + 48 * HOUR_MS} WHERE id = ${id}`);
  expect(await titleOf(fetch(link))).toBe("Your visit has moved");
});

test("a visit that was cancelled, or is merely gone from the schedule, says so kindly and takes no confirmation", async () => {
  const [cancelled, gone, odd] = [nobodyYet(), nobodyYet(), nobodyYet()];
  const set = async (phone: string, change: ReturnType<typeof sql>) =>
    clinic.db.run(sql`UPDATE appointments SET ${change} WHERE id = ${(await clinic.visitOf(phone)).id}`);
  await set(cancelled.phone, sql`status = 'cancelled'`);
  await set(gone.phone, sql`status = 'cancelled', removed_at = 1, removed_reason = 'absent_from_snapshot'`);
  await set(odd.phone, sql`status = 'unknown'`);
  expect(await titleOf(fetch(cancelled.link))).toBe("This visit was cancelled");
  expect(await titleOf(fetch(gone.link))).toBe("Please call us about this visit");
  expect(await titleOf(fetch(odd.link))).toBe("Please call us about this visit");
  for (const { phone, link } of [cancelled, gone, odd]) {
    const { starts_at, id } = await clinic.visitOf(phone);
    const typed = { "form-version": String(starts_at), wish: "soon", words: "Mondays, please" };
    await postForm(link, typed);
    const asked = await (await postForm(`${link}/time`, typed)).text();
    expect(asked).toContain("Mondays, please");
    expect(await clinic.visitOf(phone)).toMatchObject({ confirmed_at: null });
    expect(await clinic.db.all(sql`SELECT 1 FROM visit_requests WHERE appointment_id = ${id}`)).toEqual([]);
    expect((await fetch(`${link}/ics`)).headers.get("content-type")).toMatch(/^text\/html/);
  }
});

test("a clinic's visit link opens on its own host only [BAD-17]", async () => {
  const { link, phone } = nobodyYet();
  const statusWithHost = (host: string) =>
    new Promise<number>((resolve, reject) => {
      const { port, pathname } = new URL(link);
      request({ host: "127.0.0.1", port, path: pathname, headers: { host } }, (answer) =>
        resolve(answer.statusCode ?? 0),
      )
        .on("error", reject)
        .end();
    });
  await clinicWithLinks(desk, 1, { hosts: ["visits.clinic.example"] });
  expect(await statusWithHost("visits.clinic.example")).toBe(404);
  unused.push(phone);
});

test("what the address carries is never run, followed or repeated, and no page may be framed or cached [BAD-18 BAD-19 BAD-20]", async () => {
  const { link, phone } = nobodyYet();
  const script = encodeURIComponent('"><script>alert(1)</script>');
  const query = `?lang=${script}&next=//evil.example&return=javascript:alert(1)`;
  for (const path of ["", "/time"]) {
    expect(await (await fetch(`${link}${path}${query}`)).text()).not.toMatch(/<script|alert\(1\)|evil\.example/);
  }
  for (const url of [link, changed(link, 27), `${link}/time`, `${link}/ics`]) {
    const { headers } = await fetch(url);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/^default-src 'none'; style-src 'nonce-[\w-]+'; form-action 'self'; frame-ancestors 'none'/);
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  }
  const { starts_at } = await clinic.visitOf(phone);
  const posted = await postForm(`${link}${query}`, { "form-version": String(starts_at), next: "//evil.example" });
  expect(posted.headers.get("location")).toBe(new URL(link).pathname);
  const foreign = await postForm(link, { "form-version": String(starts_at) }, { origin: "https://evil.example" });
  expect(foreign.status).toBe(403);
});
