import { connect } from "node:net";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Desk, startDesk } from "../harness.ts";
import {
  clinicWithLinks,
  expire,
  openTexts,
  post,
  type SurveyClinic,
  storedResponses,
  tokenHash,
  tokenOf,
} from "./survey-desk.ts";

let desk: Desk;
let clinic: SurveyClinic;
beforeAll(async () => {
  desk = await startDesk({ SENDER_RATE_PER_SECOND: "500" });
  clinic = await clinicWithLinks(desk, 40);
});
afterAll(() => desk?.close());

/** Every row of the clinic but the answers, the audit and the one invite: what a post must leave as it was. */
async function everythingElse(inviteId: string): Promise<string> {
  const tables = await clinic.db.all<{ name: string }>(
    sql`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('responses', 'audit', 'sqlite_sequence')`,
  );
  const rows = tables.map(({ name }) => clinic.db.all<{ id?: string }>(sql`SELECT * FROM ${sql.identifier(name)}`));
  return JSON.stringify((await Promise.all(rows)).map((table) => table.filter((row) => row.id !== inviteId)));
}

/** The answers that came since, wherever they lie in the table. */
async function newSince(before: { id: string }[]) {
  const known = new Set(before.map((row) => row.id));
  return (await storedResponses(clinic)).filter((row) => !known.has(row.id));
}

test("page 1 alone, with No, stores the exact values and ends at the thank-you page [ASK-39]", async () => {
  const link = clinic.nextLink();
  const before = await storedResponses(clinic);
  const answer = await post(link, {
    SatisfactionWithService: "Very Satisfied",
    LikelihoodToRecommendBHUC: "Likely",
    ProceedWithMoreQuestions: "No",
  });
  expect(answer.status).toBe(303);
  const done = answer.headers.get("location") ?? "";
  expect(done).toMatch(new RegExp(`^/s/${tokenOf(link)}/done\\?sent=[\\w.-]+$`));
  expect(await (await fetch(desk.edge.url + done)).text()).toContain("Your answers are in.");
  const [stored] = await newSince(before);
  expect(stored).toMatchObject({ status: "completed", sealed: null });
  expect(stored?.answers).toEqual({
    SatisfactionWithService: "Very Satisfied",
    LikelihoodToRecommendBHUC: "Likely",
    ProceedWithMoreQuestions: "No",
  });
  expect((await fetch(`${link}/more`)).status).toBe(404);
});

test("the full path stores page 1 before page 2 is offered, and adds page 2 to the same answer, once [ASK-39]", async () => {
  const link = clinic.nextLink();
  const before = await storedResponses(clinic);
  const first = await post(link, { SatisfactionWithService: "Neutral", ProceedWithMoreQuestions: "Yes" });
  expect(first.headers.get("location")).toBe(`/s/${tokenOf(link)}/more`);
  expect(await newSince(before)).toMatchObject([{ status: "in-progress" }]);
  expect((await fetch(`${link}/more`)).status).toBe(200);
  const pageTwo = {
    StaffFriendlyAndWelcoming: "Yes",
    reasonAppropriatelyAddressed: "No",
    ExperienceOfSchedulingAnAppointment: "Very Easy",
    WaitingRoomTimeExperience: "An acceptable amount of time",
    HowDidYouHearAboutBHUC: "Other",
    HowDidYouHearAboutBHUC_Other: "a poster",
  };
  const posts = await Promise.all(Array.from({ length: 10 }, () => post(`${link}/more`, pageTwo)));
  expect(posts.filter((answer) => answer.status === 303)).toHaveLength(1);
  const [stored, ...others] = await newSince(before);
  expect(others).toEqual([]);
  const { HowDidYouHearAboutBHUC_Other: _sealed, ...closed } = pageTwo;
  expect(stored?.answers).toEqual({ SatisfactionWithService: "Neutral", ProceedWithMoreQuestions: "Yes", ...closed });
  expect(stored?.status).toBe("completed");
  expect(stored?.sealed).toMatch(/^\w+\.[\w-]+$/);
});

test("extra fields of any name are ignored and counted, and alter nothing else [ASK-39 BAD-27]", async () => {
  const link = clinic.nextLink();
  const inviteId = await inviteOf(link);
  const another = await inviteOf(clinic.nextLink());
  const [before, elsewhere] = [await storedResponses(clinic), await everythingElse(inviteId)];
  const extra = { patientPhone: "+12025550123", sentOn: "", org_id: "2", id: another, status: "x" };
  expect((await post(link, { SatisfactionWithService: "Satisfied", ...extra })).status).toBe(303);
  expect((await newSince(before)).map((row) => row.answers)).toEqual([{ SatisfactionWithService: "Satisfied" }]);
  expect(await everythingElse(inviteId)).toBe(elsewhere);
  const lines = desk.edge.logs.filter((line) => line.includes("survey fields dropped"));
  expect(lines.at(-1)).toMatch(/"count":5/);
  expect(desk.edge.logs.join()).not.toContain("5550123");
});

test("a wrong value or too long a text is refused, and the form comes back with what was typed [ASK-39]", async () => {
  const link = clinic.nextLink();
  const before = await storedResponses(clinic);
  const wrong = await post(link, { SatisfactionWithService: "Ecstatic", LikelihoodToRecommendBHUC: "Likely" });
  expect(wrong.status).toBe(400);
  const html = await wrong.text();
  expect(html).toMatch(/<title>Error: /);
  expect(html).toContain("Please choose one of the answers shown.");
  expect(html).toMatch(/value="Likely" checked/);
  await post(link, { ProceedWithMoreQuestions: "Yes" });
  const long = "x".repeat(10_240);
  const tooLong = await post(`${link}/more`, { HowDidYouHearAboutBHUC: "Other", HowDidYouHearAboutBHUC_Other: long });
  expect(tooLong.status).toBe(400);
  expect(await tooLong.text()).toContain(long);
  expect((await newSince(before)).map((row) => row.answers)).toEqual([{ ProceedWithMoreQuestions: "Yes" }]);
});

test("fifty posts at once make one answer; the rest hear that it was received [ASK-38 BAD-31]", async () => {
  const link = clinic.nextLink();
  const before = await storedResponses(clinic);
  const values = ["Very Unsatisfied", "Unsatisfied", "Neutral", "Satisfied", "Very Satisfied"];
  const posts = Array.from({ length: 50 }, (_, i) => post(link, { SatisfactionWithService: values[i % 5] ?? "" }));
  const answers = await Promise.all(posts);
  expect(answers.filter((answer) => answer.status === 303)).toHaveLength(1);
  const others = answers.filter((answer) => answer.status === 200);
  expect(others).toHaveLength(49);
  for (const other of others) expect(await other.text()).toContain("Your answers are already in");
  const stored = await newSince(before);
  expect(stored).toHaveLength(1);
  const again = await post(link, { SatisfactionWithService: "Neutral" });
  expect(await again.text()).toContain("Your answers are already in");
  expect(await newSince(before)).toEqual(stored);
  const inviteId = await inviteOf(link);
  const audited = await clinic.db.all(
    sql`SELECT * FROM audit WHERE action = 'invite.answered' AND entity_id = ${inviteId}`,
  );
  expect(audited).toHaveLength(1);
});

async function inviteOf(link: string, of: SurveyClinic = clinic): Promise<string> {
  const [row] = await of.db.all<{ invite_id: string }>(
    sql`SELECT invite_id FROM invite_links WHERE token_hash = ${tokenHash(link)}`,
  );
  return row?.invite_id ?? "";
}

test("a patient whose reply was lost after page 1 is still led to page 2", async () => {
  const link = clinic.nextLink();
  await post(link, { ProceedWithMoreQuestions: "Yes" });
  const again = await (await post(link, { ProceedWithMoreQuestions: "Yes" })).text();
  expect(again).toContain(`href="/s/${tokenOf(link)}/more"`);
});

test("a link that runs out while the form is open is refused politely, with the text kept on the page [BAD-32]", async () => {
  const link = clinic.nextLink();
  await post(link, { ProceedWithMoreQuestions: "Yes" });
  await expire(clinic, link);
  const late = await post(`${link}/more`, {
    HowDidYouHearAboutBHUC: "Other",
    HowDidYouHearAboutBHUC_Other: "my <b>aunt</b>",
  });
  expect(late.status).toBe(404);
  const html = await late.text();
  expect(html).toContain("What you wrote");
  expect(html).toContain("my &lt;b&gt;aunt&lt;/b&gt;");
});

test("a body of a megabyte is refused before any of it is read [BAD-21]", async () => {
  const link = clinic.nextLink();
  const { pathname } = new URL(link);
  const answer = await rawPost(pathname, "Content-Length: 1048576", (write) =>
    write("SatisfactionWithService=Neutral"),
  );
  expect(answer.status).toBe(413);
  expect((await fetch(link)).status).toBe(200);
});

test("an endless body is cut at the limit, and a slow one after ten seconds [BAD-22]", async () => {
  const { pathname } = new URL(clinic.nextLink());
  // One byte more than is allowed, and no end: whoever sends on may have the line cut before the answer is read.
  const endless = await rawPost(pathname, "Transfer-Encoding: chunked", (write) =>
    write(`${`4000\r\n${"x".repeat(0x4000)}\r\n`.repeat(4)}1\r\nx\r\n`),
  );
  expect(endless.status).toBe(413);
  const slow = await rawPost(pathname, "Transfer-Encoding: chunked", (write) => write("5\r\na=1&b\r\n"));
  expect(slow.status).toBe(400);
  expect(slow.seconds).toBeGreaterThan(9);
  expect(slow.seconds).toBeLessThan(13);
});

/** A form whose end never comes. */
function rawPost(path: string, length: string, send: (write: (text: string) => void) => void) {
  const began = performance.now();
  return new Promise<{ status: number; seconds: number }>((resolve, reject) => {
    const { port } = new URL(desk.edge.url);
    const socket = connect(Number(port), "127.0.0.1", () => {
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/x-www-form-urlencoded\r\n${length}\r\n\r\n`,
      );
      send((text) => socket.write(text));
    });
    socket.once("data", (data) => {
      resolve({ status: Number(data.toString().split(" ")[1]), seconds: (performance.now() - began) / 1000 });
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

const fileForm = [
  '--x\r\nContent-Disposition: form-data; name="SatisfactionWithService"\r\n\r\nNeutral',
  '--x\r\nContent-Disposition: form-data; name="file"; filename="x.txt"\r\n\r\nx',
  "--x--\r\n",
].join("\r\n");

test("anything but a plain form is refused: JSON as text, no type, compressed, multipart with a file [BAD-23 BAD-33]", async () => {
  const link = clinic.nextLink();
  const plain = "SatisfactionWithService=Neutral";
  const tries: RequestInit[] = [
    { body: '{"SatisfactionWithService":"Neutral"}', headers: { "content-type": "text/plain" } },
    { body: '{"SatisfactionWithService":"Neutral"}', headers: { "content-type": "application/json" } },
    { body: new Uint8Array([120]) },
    { body: plain, headers: { "content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip" } },
    { body: fileForm, headers: { "content-type": "multipart/form-data; boundary=x" } },
  ];
  for (const init of tries) expect((await fetch(link, { method: "POST", ...init })).status).toBe(415);
});

test("names that reach into objects are dropped, and no prototype changes [BAD-24]", async () => {
  const link = clinic.nextLink();
  const before = await storedResponses(clinic);
  const names = ["__proto__", "constructor.prototype", "a[__proto__][x]", "constructor", "toString", "__proto__[x]"];
  const entries = names.map((name): [string, string] => [name, "polluted"]);
  expect((await post(link, [...entries, ["SatisfactionWithService", "Neutral"]])).status).toBe(303);
  expect((await newSince(before)).map((row) => row.answers)).toEqual([{ SatisfactionWithService: "Neutral" }]);
  const next = await post(clinic.nextLink(), { ProceedWithMoreQuestions: "No" });
  expect(next.status).toBe(303);
});

test("ten thousand fields, or a name nested a thousand deep, are refused [BAD-25]", async () => {
  const link = clinic.nextLink();
  const many = Array.from({ length: 10_000 }, (_, i): [string, string] => [String(i), ""]);
  expect((await post(link, many)).status).toBe(400);
  expect((await post(link, [[`a${"[b]".repeat(1000)}`, "1"]])).status).toBe(400);
});

test("a question of another page, and a form of another survey or version, are refused [BAD-26]", async () => {
  const link = clinic.nextLink();
  expect((await post(link, { StaffFriendlyAndWelcoming: "Yes" })).status).toBe(400);
  const formOf = (version: string) =>
    fetch(link, {
      method: "POST",
      body: new URLSearchParams({ "form-version": version, SatisfactionWithService: "Neutral" }),
    });
  for (const version of ["common-ground@2", "visit-follow-up@1", "", "__proto__"]) {
    expect((await formOf(version)).status, version).toBe(400);
  }
  const twice = await post(link, [
    ["form-version", "common-ground@1"],
    ["SatisfactionWithService", "Neutral"],
  ]);
  expect(twice.status).toBe(400);
  expect((await fetch(link)).status).toBe(200);
});

test("one question answered twice is refused, not last-wins", async () => {
  const answer = await post(clinic.nextLink(), [
    ["SatisfactionWithService", "Neutral"],
    ["SatisfactionWithService", "Satisfied"],
  ]);
  expect(answer.status).toBe(400);
});

test("a form posted from another site is refused; our own, whose Origin reads null, is taken", async () => {
  const link = clinic.nextLink();
  const form = { SatisfactionWithService: "Neutral" };
  expect((await post(link, form, { origin: "https://evil.example" })).status).toBe(403);
  expect((await post(link, form, { origin: "null", "sec-fetch-site": "cross-site" })).status).toBe(403);
  expect((await post(link, form, { origin: "null", "sec-fetch-site": "same-origin" })).status).toBe(303);
});

test("a form posted with hostile text is shown again escaped, and a hundred kilobytes are refused unread [BAD-29]", async () => {
  const link = clinic.nextLink();
  await post(link, { ProceedWithMoreQuestions: "Yes" });
  const field = "HowDidYouHearAboutBHUC_Other";
  const shown = await post(`${link}/more`, { HowDidYouHearAboutBHUC: "Nowhere", [field]: '"><i>x</i>' });
  expect(await shown.text()).toContain('value="&quot;&gt;&lt;i&gt;x&lt;/i&gt;"');
  const tooMuch = await post(`${link}/more`, { HowDidYouHearAboutBHUC: "Other", [field]: "x".repeat(100_000) });
  expect(tooMuch.status).toBe(413);
});

test("text keeps its words raw and in NFC, and loses only what carries none [BAD-29 BAD-30]", async () => {
  const link = clinic.nextLink();
  const before = await storedResponses(clinic);
  await post(link, { ProceedWithMoreQuestions: "Yes" });
  const typed = `=HYPERLINK("http://x")\u0000\uD800 <i>Zoe\u0308</i> \u202Eevil z${"\u0353".repeat(50)}\t@a`;
  const posted = await post(`${link}/more`, { HowDidYouHearAboutBHUC: "Other", HowDidYouHearAboutBHUC_Other: typed });
  expect(posted.status).toBe(303);
  const [stored] = await newSince(before);
  const { HowDidYouHearAboutBHUC_Other: text } = await openTexts(desk, clinic, stored);
  // fetch itself sends a half character as U+FFFD.
  expect(text).toBe(`=HYPERLINK("http://x")\uFFFD <i>Zo\u00EB</i> evil z${"\u0353".repeat(4)} @a`);
});

test("a scale takes only its own whole numbers, and an identified survey is kept with its scores [BAD-28]", async () => {
  const own = await clinicWithLinks(desk, 1, { ask: { surveyId: "visit-follow-up" } });
  const link = own.nextLink();
  expect(await (await fetch(link)).text()).toContain("Your care team sees these answers with your name");
  const send = (recommend: string) =>
    post(
      link,
      [
        ["form-version", "visit-follow-up@1"],
        ["feelingNow", "worse"],
        ["recommend", recommend],
      ],
      {},
      [],
    );
  for (const odd of ["NaN", "1e309", "-0", "9007199254740993", "5 ", "11", "-1", "0x5"]) {
    expect((await send(odd)).status, odd).toBe(400);
  }
  expect((await send("10")).status).toBe(303);
  const [stored] = await storedResponses(own);
  expect(stored).toMatchObject({ status: "completed", answers: { feelingNow: "worse", recommend: 10 } });
  expect(stored?.scores).toEqual({ care: null, promoter: 100 });
  expect(stored?.invite_id).toMatch(/^inv_/);
});

test("an answer that must not wait is told to the clinic once, and its advice to the patient at once", async () => {
  const own = await clinicWithLinks(desk, 2, { ask: { surveyId: "visit-follow-up" } });
  const [worse, better] = [own.nextLink(), own.nextLink()];
  const send = (link: string, feelingNow: string) =>
    post(
      link,
      [
        ["form-version", "visit-follow-up@1"],
        ["feelingNow", feelingNow],
      ],
      {},
      [],
    );
  const replies = await Promise.all([send(worse, "worse"), send(worse, "worse"), send(better, "better")]);
  await send(better, "worse");
  const inviteId = await inviteOf(worse, own);
  const alarms = sql`SELECT code, subject, detail, seen_count FROM alarms WHERE code = 'risk_answer'`;
  expect(await own.db.all(alarms)).toEqual([
    {
      code: "risk_answer",
      subject: inviteId,
      detail: '{"survey":"visit-follow-up@1","alerts":["feelsWorse"]}',
      seen_count: 1,
    },
  ]);
  // Of the two that were pressed at once, one is led to the thanks, the other hears that the answers are there.
  const thanks = replies.flatMap((reply) => reply.headers.get("location") ?? []);
  const pages = await Promise.all(thanks.map(async (href) => (await fetch(desk.edge.url + href)).text()));
  const advised = (link: string) =>
    pages
      .filter((_, one) => thanks[one]?.includes(tokenOf(link)))
      .map((page) => page.includes("We are sorry you feel worse."));
  expect([advised(worse), advised(better)]).toEqual([[true], [false]]);
});

test("a form keeps the patient's own language when it comes back, whatever the browser's", async () => {
  const link = clinic.nextLink();
  await clinic.db.run(sql`UPDATE invites SET locale = 'es' WHERE id = ${await inviteOf(link)}`);
  const headers = { "accept-language": "en-US" };
  const html = await (await fetch(link, { headers })).text();
  expect(html).toContain('<html lang="es">');
  const action = /action="([^"]+)"/.exec(html)?.[1] ?? "";
  const again = await post(new URL(action, link).href, { SatisfactionWithService: "x" }, headers);
  expect(await again.text()).toContain('<html lang="es">');
  const saved = await post(new URL(action, link).href, { ProceedWithMoreQuestions: "No" }, headers);
  const done = await fetch(new URL(saved.headers.get("location") ?? "", link), { headers });
  expect(await done.text()).toContain("Gracias");
});
