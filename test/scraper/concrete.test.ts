import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { nextDigest } from "../../edge/contract/appointments.ts";
import { readConcrete } from "../../scraper/concrete/read-concrete.ts";
import { RECORDED_WSDL } from "../../scraper/concrete/read-wsdl.ts";
import { sourcesFrom } from "../../scraper/imports/open-sources.ts";
import { runImport } from "../../scraper/imports/run-import.ts";
import { createLog } from "../../scraper/log.ts";
import { inventPractice } from "../sandbox/concrete/practice.ts";
import { type Concrete, type Fault, startConcrete } from "../sandbox/concrete/start.ts";
import { importLease, recordingImports } from "./recording-imports.ts";

const account = { username: "hearback", password: "pass-9f2c" };
const TODAY = "2027-02-10";
let concrete: Concrete;
beforeAll(async () => {
  concrete = await startConcrete({ account, today: TODAY, practice: inventPractice(TODAY, 23) });
});
beforeEach(() => concrete.fail());
afterAll(() => concrete?.close());

type Changes = { url?: string; password?: string; wsdl?: typeof RECORDED_WSDL; callMs?: number; pageSize?: number };

/** One import by the product's own runner, with everything it logged. */
async function importNow({
  url = concrete.url,
  password = account.password,
  wsdl = RECORDED_WSDL,
  callMs = 5_000,
  pageSize = 5,
}: Changes = {}) {
  const lines: string[] = [];
  const { edge, ...recorded } = recordingImports();
  const read = readConcrete({
    url,
    username: account.username,
    password,
    wsdl,
    limits: { callMs, pageSize },
  });
  const report = await runImport(importLease("concrete", { timeZone: "America/Los_Angeles" }), {
    edge,
    sources: { concrete: read },
    log: createLog({ write: (line) => lines.push(line) }),
    now: () => Date.parse(`${TODAY}T20:00:00Z`),
  });
  return { report, ...recorded, log: lines.join("\n") };
}

test("customers, visits, products and order lines come over SOAP as rows of the contract, closed by counts and digest", async () => {
  const { report, chunks, finished, rowsOf } = await importNow();
  expect(report).toMatchObject({ status: "succeeded", counts: { rows: 72, staged: 72, rejected: 0 } });
  expect(finished).toEqual([report]);
  expect(chunks.map(({ entity, rows }) => [entity, rows.length])).toEqual([
    ["patient", 23],
    ["appointment", 23],
    ["product", 2],
    ["purchase", 24],
    ["purchase", 0],
  ]);
  expect(chunks[0]).toMatchObject({
    source: "concrete",
    snapshotAt: "2027-02-10T20:00:00.000Z",
    scope: { appointmentsFrom: "2027-02-03", appointmentsTo: "2027-08-09" },
  });
  let digest = "";
  for (const { rows } of chunks) digest = await nextDigest(digest, rows);
  expect(chunks.at(-1)?.end).toEqual({ counts: { patient: 23, appointment: 23, product: 2, purchase: 24 }, digest });
  expect(rowsOf("patient")[4]).toMatchObject({ sourceId: "C1004", familyName: "Marsh & Son", kind: "patient" });
  expect(rowsOf("appointment")[0]).toMatchObject({ startsAt: "2027-02-08T09:30:00", status: "Not Confirmed" });
  expect(rowsOf("purchase")[1]).toMatchObject({ sourceId: "O7000.2", amount: "12.50", status: "sold" });
  expect(concrete.calls.at(-1)).toBe("Logout");
});

test("a refused login reads and writes nothing, and the run fails as login [NUDGE-20]", async () => {
  const { report, chunks, finished, log } = await importNow({ password: "wrong-77aa" });
  expect(report).toMatchObject({ status: "failed", counts: { rows: 0 }, error: { code: "login" } });
  expect(finished).toEqual([report]);
  expect(chunks).toMatchObject([{ sequence: 0, rows: [], failed: { code: "login" } }]);
  expect(concrete.calls).toEqual(["Login"]);
  expect(log).not.toContain("wrong-77aa");
});

test("an empty token, and HTTP 401, are a refused login, too [NUDGE-20]", async () => {
  concrete.fail({ at: "Login", does: { body: answerOf("LoginResponse", "<Token></Token>") } });
  expect((await importNow()).report.error).toEqual({ code: "login" });
  concrete.fail({ at: "Login", does: { status: 401, body: "" } });
  expect((await importNow()).report.error).toEqual({ code: "login" });
});

test("page 3 of 5 fails: two pages stay staged, nothing says that it was all, and the run fails with its code [NUDGE-20]", async () => {
  const large = await startConcrete({ account, today: TODAY, practice: inventPractice(TODAY, 2_100) });
  large.fail({ at: "ListCustomers", call: 3, does: "fault" });
  const { report, chunks, log } = await importNow({ url: large.url, pageSize: 500 });
  await large.close();
  expect(report).toMatchObject({ status: "failed", counts: { rows: 1_000 }, error: { code: "fault" } });
  expect(chunks.map(({ entity, rows, end, failed }) => [entity, rows.length, end ?? failed])).toEqual([
    ["patient", 500, undefined],
    ["patient", 500, undefined],
    ["patient", 0, { code: "fault" }],
  ]);
  expect(large.calls).toEqual(["Login", "ListCustomers", "ListCustomers", "ListCustomers", "Logout"]);
  expect(log).not.toContain("Nyström");
});

test("a service that counts more rows than it shows is read as incomplete", async () => {
  const page = (total: number, more = "") => answerOf("ListCustomersResponse", `<Total>${total}</Total>${more}`);
  concrete.fail({ at: "ListCustomers", does: { body: page(9) } });
  expect((await importNow()).report.error).toEqual({ code: "incomplete" });
  const forEver = page(9, "<NextCursor>1</NextCursor><Customer><Id>C1</Id></Customer>");
  concrete.fail({ at: "ListCustomers", does: { body: forEver } });
  expect((await importNow()).report.error).toEqual({ code: "incomplete" });
});

test("a service that hangs ends the run as timeout, while another clinic's import goes through beside it [NUDGE-18]", async () => {
  const other = await startConcrete({ account, today: TODAY });
  concrete.fail({ at: "ListAppointments", does: "hang" });
  const began = performance.now();
  const hanging = importNow({ callMs: 1_500 });
  const { edge, finished } = recordingImports();
  const limits = { callMs: 1_500, pageSize: 100 };
  const read = readConcrete({ url: other.url, ...account, wsdl: RECORDED_WSDL, limits });
  const log = createLog({ write: () => {} });
  await runImport(importLease("concrete"), { edge, sources: { concrete: read }, log });
  const took = performance.now() - began;
  await other.close();
  expect(finished).toMatchObject([{ status: "succeeded" }]);
  expect(took).toBeLessThan(1_500);
  expect((await hanging).report).toMatchObject({ status: "failed", error: { code: "timeout" } });
});

test("a changed description of the service stops the import before the service is asked", async () => {
  const { report } = await importNow({ wsdl: { ...RECORDED_WSDL, sha256: "0".repeat(64) } });
  expect(report.error).toEqual({ code: "wsdl_changed" });
  expect(concrete.calls).toEqual([]);
});

/** What the import says to this answer in place of the customers. */
async function codeFor(body: string | Buffer, type?: string): Promise<string | undefined> {
  const does: Fault["does"] = { body, ...(type && { type }) };
  concrete.fail({ at: "ListCustomers", does });
  const { report, rowsOf } = await importNow();
  expect(rowsOf("patient")).toEqual([]);
  return report.error?.code;
}

const NONE = "<Total>0</Total>";
const ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/";
function answerOf(element: string, content: string, prefix = ""): string {
  return `${prefix}<s:Envelope xmlns:s="${ENVELOPE}"><s:Body><${element} xmlns="urn:concrete:practice:2">${content}</${element}></s:Body></s:Envelope>`;
}
const customers = (content: string, prefix?: string) => answerOf("ListCustomersResponse", content, prefix);
const customer = (field: string) => customers(`<Total>1</Total><Customer><Id>C1</Id>${field}</Customer>`);

test("an honest answer in place of the customers is read: what follows refuses for its own reason", async () => {
  expect(await codeFor(customers(NONE))).toBeUndefined();
});

test("a document type and an external entity are refused unread [BAD-59]", async () => {
  const external = `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>`;
  expect(await codeFor(customers(NONE, external))).toBe("answer_declarations");
  expect(await codeFor(customers(NONE, `<!DOCTYPE x SYSTEM "${concrete.url}/evil.dtd">`))).toBe("answer_declarations");
  expect(await codeFor(customer(`<LastName>&e;</LastName>`))).toBe("answer_broken");
});

test("entities in bulk are refused before a parser sees them [BAD-60]", async () => {
  const bomb = `<!DOCTYPE x [<!ENTITY e "${"ha".repeat(50_000)}">]>`;
  expect(await codeFor(customers(NONE, bomb))).toBe("answer_declarations");
  expect(await codeFor(customer(`<LastName>${"&e;".repeat(10_000)}</LastName>`))).toBe("answer_entities");
  expect(await codeFor(customer(`<LastName>${"&#65;".repeat(1_000_000)}</LastName>`))).toBe("answer_entities");
});

test("nesting 10,000 deep, an attribute of 10 MB and 21 MB of text are refused; CDATA and other encodings as well [BAD-61]", async () => {
  expect(await codeFor(customer("<a>".repeat(10_000) + "</a>".repeat(10_000)))).toBe("answer_depth");
  expect(await codeFor(customer(`<LastName x="${"y".repeat(10_000_000)}"/>`))).toBe("answer_tag");
  expect(await codeFor(customer(`<LastName>${"y".repeat(21_000_000)}</LastName>`))).toBe("answer_too_large");
  expect(await codeFor(customer("<LastName><![CDATA[<?xml version='1.0'?><a/>]]></LastName>"))).toBe(
    "answer_declarations",
  );
  expect(await codeFor(Buffer.from(`\uFEFF${customers(NONE)}`, "utf16le"))).toBe("answer_encoding");
  expect(await codeFor(Buffer.from(customers(NONE), "utf16le"))).toBe("answer_encoding");
  expect(await codeFor(customers(NONE, `<?xml version="1.0" encoding="UTF-7"?>`))).toBe("answer_encoding");
  expect(await codeFor(customers(NONE), "text/xml; charset=utf-7")).toBe("answer_encoding");
});

test("prefixes are the sender's choice, and names that mean something to JavaScript mean nothing here [BAD-61]", async () => {
  const mixed = customers(NONE).replaceAll("s:", "env:").replace("xmlns:s=", "xmlns:env=");
  expect(
    await codeFor(mixed.replaceAll(/(<\/?)(ListCustomersResponse|Total)/g, "$1c:$2").replace("xmlns=", "xmlns:c=")),
  ).toBeUndefined();
  expect(await codeFor(customer(`<x id="__proto__">1</x>`))).toBe("answer_tag");
  expect(await codeFor(customer(`<x href="#__proto__"/>`))).toBe("answer_tag");
  concrete.fail({ at: "ListCustomers", does: { body: customer("<__proto__><polluted>1</polluted></__proto__>") } });
  await importNow();
  expect(Object.hasOwn(Object.prototype, "polluted") || "polluted" in {}).toBe(false);
});

test("a SOAP fault with HTTP 200, and XML that ends in the middle, fail the import [BAD-62]", async () => {
  concrete.fail({ at: "ListOrders", does: "fault-200" });
  expect((await importNow()).report.error).toEqual({ code: "fault" });
  concrete.fail({ at: "ListOrders", does: "truncate" });
  expect((await importNow()).report.error).toEqual({ code: "answer_broken" });
  expect(await codeFor("<html><body>Gateway</body></html>", "text/html")).toBe("answer_broken");
  concrete.fail({ at: "ListOrders", does: { status: 502, type: "text/html", body: "<html>" } });
  expect((await importNow()).report.error).toEqual({ code: "unavailable" });
});

test("a source that is set up in part is refused by the names of what is missing; without settings there is none", () => {
  expect(Object.keys(sourcesFrom({}))).toEqual([]);
  expect(() => sourcesFrom({ CONCRETE_URL: concrete.url })).toThrow(
    "CONCRETE_USERNAME is missing; CONCRETE_PASSWORD is missing",
  );
  const whole = { CONCRETE_URL: concrete.url, CONCRETE_USERNAME: "u", CONCRETE_PASSWORD: "p" };
  expect(Object.keys(sourcesFrom(whole))).toEqual(["concrete"]);
});
