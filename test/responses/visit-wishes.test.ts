import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findTenant } from "../../edge/directory.ts";
import { readEnv } from "../../edge/env.ts";
import { type CalendarVisit, calendarEntry } from "../../edge/responses/visits/calendar-entry.ts";
import { type Desk, startDesk } from "../harness.ts";
import { head, sendRaw } from "../raw-http.ts";
import { postForm, press, type RemindedClinic, remindedClinic } from "./visit-desk.ts";

const PHONES = Array.from({ length: 7 }, (_, index) => `+120255502${String(index + 10)}`);

let desk: Desk;
let clinic: RemindedClinic;
const unused = [...PHONES];
beforeAll(async () => {
  desk = await startDesk({ SENDER_RATE_PER_SECOND: "500" });
  clinic = await remindedClinic(desk, "+12025550172", PHONES);
});
afterAll(() => desk?.close());

function nobodyYet(): { phone: string; link: string } {
  const phone = unused.pop();
  if (!phone) throw new Error("more people used than there are");
  return { phone, link: clinic.linkOf(phone) };
}

type StoredWish = { id: string; wish: string; sealed: string | null; at: number; starts_at: number };
async function wishesOf(phone: string): Promise<StoredWish[]> {
  const { id } = await clinic.visitOf(phone);
  return clinic.db.all<StoredWish>(sql`SELECT * FROM visit_requests WHERE appointment_id = ${id} ORDER BY at, id`);
}

const ask = (link: string, fields: Record<string, string>) => press(link, fields, `${link}/time`);

test("a wish for another time is kept with its words sealed, audited without them, and the page says that the desk calls", async () => {
  const { phone, link } = nobodyYet();
  const words = "Mondays, after 5 pm; ask for Rosalind Canarywood";
  const answer = await ask(link, { wish: "morning", words });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, new URL(link).pathname]);
  const page = await (await fetch(link)).text();
  expect(page).toContain("We will call you");
  expect(page).not.toContain("Canarywood");
  const [wish] = await wishesOf(phone);
  expect(wish).toMatchObject({ wish: "morning", starts_at: (await clinic.visitOf(phone)).starts_at });
  expect(JSON.stringify(wish)).not.toContain("Canarywood");
  const opened = await findTenant(readEnv(desk.edge.settings), { slug: clinic.slug });
  const place = { table: "visit_requests", row: wish?.id ?? "" };
  expect(await opened?.keys.open(place, wish?.sealed ?? "")).toBe(words);
  const events = await clinic.db.all<{ details: string }>(
    sql`SELECT details FROM audit WHERE action = 'visit.time_asked'`,
  );
  expect(events.map(({ details }) => JSON.parse(details).wish)).toEqual(["morning"]);
  expect(desk.edge.logs.join("\n")).not.toContain("Canarywood");
});

test("the same wish pressed twice is one, other words are another, and after ten the words come back with whom to call", async () => {
  const { phone, link } = nobodyYet();
  const same = { wish: "soon", words: "any day" };
  await Promise.all([ask(link, same), ask(link, same), ask(link, same)]);
  expect(await wishesOf(phone)).toHaveLength(1);
  for (let more = 1; more < 10; more += 1) await ask(link, { ...same, words: `day ${more}` });
  const eleventh = await ask(link, { ...same, words: "the eleventh" });
  expect(await wishesOf(phone)).toHaveLength(10);
  const html = await eleventh.text();
  expect(html).toContain("Please call us");
  expect(html).toContain("the eleventh");
  const before = await wishesOf(phone);
  expect((await ask(link, same)).status).toBe(303);
  expect(await wishesOf(phone)).toHaveLength(10);
  expect((await wishesOf(phone)).find(({ id }) => id === before[0]?.id)?.at).toBeGreaterThan(before[0]?.at ?? 0);
});

test("nothing that was typed is lost: no choice, too many letters, a moved visit, an expired link and a store that is down give it back", async () => {
  const { phone, link } = nobodyYet();
  const { id, starts_at } = await clinic.visitOf(phone);
  const words = "Tuesdays <b>only</b>";
  const kept = "Tuesdays &lt;b&gt;only&lt;/b&gt;";
  const version = { "form-version": String(starts_at) };
  const noChoice = await postForm(`${link}/time`, { ...version, words });
  expect([noChoice.status, await noChoice.text()]).toEqual([400, expect.stringContaining(kept)]);
  const long = await postForm(`${link}/time`, { ...version, wish: "soon", words: `${words}${"x".repeat(300)}` });
  expect([long.status, await long.text()]).toEqual([400, expect.stringContaining(kept)]);
  const odd = await postForm(`${link}/time`, { ...version, wish: "now", words });
  expect([odd.status, await odd.text()]).toEqual([400, expect.stringContaining(kept)]);
  await desk.sqld.kill();
  const down = await postForm(`${link}/time`, { ...version, wish: "soon", words }).finally(() => desk.sqld.restart());
  const shown = await down.text();
  expect([down.status, shown]).toEqual([503, expect.stringContaining(kept)]);
  expect(shown).toContain(`value="${starts_at}"`);
  await clinic.db.run(sql`UPDATE appointments SET starts_at = starts_at + 3600000 WHERE id = ${id}`);
  const moved = await postForm(`${link}/time`, { ...version, wish: "soon", words });
  const html = await moved.text();
  expect([moved.status, html]).toEqual([409, expect.stringContaining(kept)]);
  expect(html).toContain("The time of your visit has changed");
  expect(html).toContain(`value="${starts_at + 3_600_000}"`);
  await clinic.db.run(sql`UPDATE visit_links SET expires_at = 1 WHERE appointment_id = ${id}`);
  const late = await postForm(`${link}/time`, { ...version, wish: "soon", words });
  expect([late.status, await late.text()]).toEqual([404, expect.stringContaining(kept)]);
  expect(await wishesOf(phone)).toEqual([]);
});

test("who asks for another time after confirming, and then comes after all, is shown the last word each time", async () => {
  const { phone, link } = nobodyYet();
  const title = async () => /<h1>([^<]+)/.exec(await (await fetch(link)).text())?.[1];
  await press(link);
  expect(await title()).toBe("Thank you, we expect you");
  await ask(link, { wish: "afternoon" });
  expect(await title()).toBe("We will call you");
  await press(link);
  expect(await title()).toBe("Thank you, we expect you");
  expect(await wishesOf(phone)).toHaveLength(1);
});

test("the pages and the form speak the language that is chosen, and keep it", async () => {
  const { link } = nobodyYet();
  const spanish = await (await fetch(`${link}?lang=es`)).text();
  expect(spanish).toContain('<html lang="es">');
  expect(spanish).toContain("Sí, ahí estaré");
  const href = /href="([^"]+\/time[^"]*)"/.exec(spanish)?.[1] ?? "";
  const form = await (await fetch(new URL(href, link))).text();
  expect(form).toContain("Lo antes posible");
  const answer = await press(link, { wish: "soon" }, new URL(href, link).href);
  expect(answer.headers.get("location")).toBe(`${new URL(link).pathname}?lang=es`);
});

test("the calendar entry tells office and time, keeps its id when the visit moves, and says nothing of what for", async () => {
  const { phone, link } = nobodyYet();
  const read = async () =>
    Object.fromEntries((await (await fetch(`${link}/ics`)).text()).split("\r\n").map((line) => line.split(/:(.*)/s)));
  const { id, starts_at } = await clinic.visitOf(phone);
  const before = await read();
  const at = (instant: number) => `${new Date(instant).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
  expect(before).toMatchObject({ DTSTART: at(starts_at), SUMMARY: "Visit: Common Ground", LOCATION: "Common Ground" });
  await clinic.db.run(
    sql`UPDATE appointments SET starts_at = starts_at + 86400000, updated_at = updated_at + 60000 WHERE id = ${id}`,
  );
  const after = await read();
  expect(after).toMatchObject({ UID: before.UID, DTSTART: at(starts_at + 86_400_000) });
  expect(Number(after.SEQUENCE)).toBeGreaterThan(Number(before.SEQUENCE));
  expect(JSON.stringify(after)).not.toMatch(/testerly|clinician|BHUC/i);
  const { headers } = await fetch(`${link}/ics`);
  expect(headers.get("content-type")).toBe("text/calendar; charset=utf-8");
  expect(headers.get("content-disposition")).toBe('attachment; filename="visit.ics"');
});

test("every calendar entry can be read back: no line over 75 octets, no letter cut, nothing that a name could add to it", () => {
  const text = fc.string({ unit: "binary", maxLength: 200 }).map((each) => each.toWellFormed());
  fc.assert(
    fc.property(text, text, fc.integer({ min: 0, max: 4e12 }), (summary, location, startsAt) => {
      const visit: CalendarVisit = {
        uid: "apt_1@h",
        sequence: 1,
        madeAt: 0,
        startsAt,
        endsAt: null,
        summary,
        location,
      };
      const entry = calendarEntry(visit);
      const raw = entry.split("\r\n");
      for (const line of raw) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
      const lines = entry.replaceAll("\r\n ", "").split("\r\n");
      expect(lines).toHaveLength(14);
      const said = (name: string) => lines.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1) ?? "";
      const plain = (value: string) => value.replace(/\\(.)/gsu, (_, letter) => (letter === "n" ? "\n" : letter));
      const clean = (value: string) => value.replace(/\r\n?/g, "\n").replace(/(?!\n)\p{Cc}/gu, "");
      expect([plain(said("SUMMARY")), plain(said("LOCATION"))]).toEqual([clean(summary), clean(location)]);
      expect(said("DTSTART")).toMatch(/^\d{8}T\d{6}Z$/);
    }),
  );
});

test("a form that is too large, of another kind or with a field given twice is refused, and nothing of it is kept [BAD-23 BAD-27 BAD-33]", async () => {
  const { phone, link } = nobodyYet();
  const { starts_at } = await clinic.visitOf(phone);
  const own = { "form-version": String(starts_at), wish: "soon" };
  // Raw, because the Worker closes the connection over a body that it does not read.
  const send = async (type: string, body: string, length = body.length) => {
    const begin = head("POST", `${new URL(link).pathname}/time`, `Content-Type: ${type}`, `Content-Length: ${length}`);
    return (await sendRaw(desk.edge.url, begin + body)).status;
  };
  const form = "application/x-www-form-urlencoded";
  expect(await send(form, "", 70_000)).toBe(413);
  expect(await send("multipart/form-data; boundary=x", "--x--")).toBe(415);
  expect(await send("application/json", JSON.stringify(own))).toBe(415);
  const twice = new URLSearchParams([...Object.entries(own), ["wish", "morning"]]);
  expect((await fetch(`${link}/time`, { method: "POST", body: twice, redirect: "manual" })).status).toBe(400);
  expect(await wishesOf(phone)).toEqual([]);
  // What no form of ours has is no part of it.
  const more = { ...own, appointment_id: "apt_x", at: "1", status: "booked" };
  expect((await postForm(`${link}/time`, more)).status).toBe(303);
  const rows = await clinic.db.all(sql`SELECT 1 FROM visit_requests WHERE at < 1000 OR appointment_id = 'apt_x'`);
  expect([rows, (await wishesOf(phone)).length]).toEqual([[], 1]);
});
