import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { connect, type Socket } from "node:net";
import { sql } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { todayIn } from "../visits.ts";
import { drill } from "./drill.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-19 (a body of any size is read), F-20 (a body is waited for without end). */

const CANARY = "CANARYBIRD ZZZZ";

export const payloads = drill(
  "sixty malformed, oversize and hostile requests each get a 4xx, store nothing, say nothing, and the desk serves on [F-19]",
  async (kit) => {
    const world = await kit.world();
    await world.clinic.push(todayIn(), world.people(2));
    await world.settle();
    await world.twilio.settled();
    const before = await countsOf(world);
    const requests = hostileRequests(world);
    assert.ok(requests.length >= 60, `only ${requests.length}`);
    for (const [name, path, init] of requests) {
      const began = performance.now();
      const answer = await fetch(`${world.edge().url}${path}`, { redirect: "manual", ...init });
      const words = await answer.text();
      assert.ok(answer.status >= 400 && answer.status < 500, `${name}: ${answer.status}`);
      assert.ok(!words.includes(CANARY), `${name}: the answer repeats what was sent`);
      assert.ok(performance.now() - began < 5_000, `${name}: took ${performance.now() - began} ms`);
    }
    assert.deepEqual(await countsOf(world), before, "nothing was stored");
    assert.ok(!world.edge().logs.join("\n").includes(CANARY), "nothing was logged");
    const link = /http\S+/.exec(world.twilio.messages()[0]?.body ?? "")?.[0] ?? "";
    assert.equal((await fetch(link)).status, 200, "the desk serves on");
    kit.report({ requests: requests.length, ...(await world.check()) });
  },
  {
    guard: [
      { file: "edge/http.ts", clause: "if (size > maxBytes) throw tooLarge(maxBytes);", without: "" },
      {
        file: "edge/http.ts",
        clause: 'if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);',
        without: "if (maxBytes) throw new Error('no limit');",
      },
    ],
  },
);

const HALF_OPEN = 200;
const BODY_DEADLINE_MS = 10_000;

export const slow = drill(
  "hundreds of callers that never finish keep nobody waiting, and are sent away after ten seconds [F-20]",
  async (kit) => {
    const world = await kit.world();
    await world.clinic.push(todayIn(), world.people(2));
    await world.settle();
    const { port } = new URL(world.edge().url);
    const count = kit.isLong ? 500 : HALF_OPEN;
    const head = `POST /t/${world.clinic.slug}/api/v1/appointments HTTP/1.1\r\nhost: localhost\r\n`;
    const halfHeads = Array.from({ length: count / 2 }, () => open(Number(port), head));
    const slowBodies = Array.from({ length: count / 2 }, () =>
      open(Number(port), `${head}content-type: application/json\r\ncontent-length: 100000\r\n\r\n{`),
    );
    const began = performance.now();
    const dripping = setInterval(() => {
      for (const { socket } of slowBodies) if (socket.writable) socket.write(" ");
    }, 1_000);
    try {
      const waits: number[] = [];
      const link = /http\S+/.exec(world.twilio.messages()[0]?.body ?? "")?.[0] ?? "";
      for (let nth = 0; nth < (kit.isLong ? 300 : 60); nth += 1) {
        const asked = performance.now();
        assert.equal((await fetch(link)).status, 200);
        waits.push(performance.now() - asked);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const sorted = waits.toSorted((a, b) => a - b);
      const p99ms = Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0);
      kit.report({ callers: count, p99ms });
      assert.ok(p99ms < 1_000, `p99 ${p99ms} ms`);
      const ends = await Promise.all(slowBodies.map(({ answered }) => answered));
      const longest = performance.now() - began;
      assert.ok(
        ends.every((line) => line.includes(" 4")),
        `answered ${ends.find((line) => !line.includes(" 4"))}`,
      );
      assert.ok(longest < BODY_DEADLINE_MS + 8_000, `the last was sent away after ${longest} ms`);
    } finally {
      clearInterval(dripping);
      for (const { socket } of [...halfHeads, ...slowBodies]) socket.destroy();
    }
    kit.report(await world.check());
  },
  {
    guard: [
      {
        file: "edge/http.ts",
        clause: "await Promise.race([reader.read(), late.passed])",
        without: "await (late.passed.catch(() => undefined), reader.read())",
      },
    ],
  },
);

/** A raw connection; `answered` is the first line that comes back, or "" when it is closed without one. */
function open(port: number, head: string): { socket: Socket; answered: Promise<string> } {
  const socket = connect(port, "127.0.0.1", () => void socket.write(head));
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.on("data", (bytes) => resolve(bytes.toString("latin1").split("\r\n")[0] ?? ""));
  socket.on("error", () => resolve("")).on("close", () => resolve(""));
  return { socket, answered: promise };
}

async function countsOf({ clinic }: World): Promise<unknown> {
  return clinic.db.all(sql`SELECT (SELECT count(*) FROM appointments) AS a, (SELECT count(*) FROM patients) AS p,
    (SELECT count(*) FROM inbound_messages) AS i, (SELECT count(*) FROM snapshots) AS s, (SELECT count(*) FROM responses) AS r,
    (SELECT count(*) FROM touches) AS t, (SELECT count(*) FROM opt_outs) AS o, (SELECT count(*) FROM delivery_events) AS d`);
}

type Hostile = [name: string, path: string, init: RequestInit];

function hostileRequests(world: World): Hostile[] {
  const { slug, key } = world.clinic;
  const api = `/t/${slug}/api/v1`;
  const link = new URL(/http\S+/.exec(world.twilio.messages()[0]?.body ?? "")?.[0] ?? "").pathname;
  const twilio = `/t/${slug}/twilio/status/tch_00000000000000000000000000000000`;
  const signed = (name: string, body: string, path = "/appointments"): Hostile => {
    const id = `msg_${randomUUID()}`;
    const at = new Date();
    const headers = {
      "content-type": "application/json",
      "hearback-key": key.id,
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(key.secret).sign(id, at, body),
    };
    return [`push: ${name}`, `${api}${path}`, { method: "POST", headers, body }];
  };
  const chunk = (changes: object) =>
    JSON.stringify({
      runId: randomUUID(),
      source: "practice-fusion",
      on: todayIn(),
      sequence: 0,
      rows: [],
      ...changes,
    });
  const form = (name: string, body: string, type = "application/x-www-form-urlencoded"): Hostile => [
    `form: ${name}`,
    link,
    { method: "POST", headers: { "content-type": type }, body },
  ];
  const version = "form-version=common-ground%401";
  const pushes: [string, string][] = [
    ["nothing", ""],
    ["not JSON", `{"patientName": "${CANARY}"`],
    ["a list", "[]"],
    ["null", "null"],
    ["a comment", `{/* ${CANARY} */}`],
    ["a trailing comma", '{"runId":"x",}'],
    ["no fields", "{}"],
    ["a run that is no id", chunk({ runId: CANARY })],
    ["a strange source", chunk({ source: "Practice Fusion; DROP TABLE" })],
    ["February 30th", chunk({ on: "2026-02-30" })],
    ["a day with a time", chunk({ on: "2026-02-03T10:00" })],
    ["sequence -1", chunk({ sequence: -1 })],
    ["sequence 1.5", chunk({ sequence: 1.5 })],
    ["sequence 1e309", chunk({}).replace('"sequence":0', '"sequence":1e309')],
    ["sequence as text", chunk({ sequence: "0" })],
    ["a chunk out of order", chunk({ sequence: 3 })],
    ["rows that are no list", chunk({ rows: { length: 3 } })],
    ["201 rows", chunk({ rows: Array.from({ length: 201 }, () => ({})) })],
    ["a wrong count", chunk({ end: { count: 7, digest: "0".repeat(64), layout: "print" } })],
    ["a wrong digest", chunk({ end: { count: 0, digest: "0".repeat(64), layout: "print" } })],
    ["a digest that is none", chunk({ end: { count: 0, digest: CANARY, layout: "print" } })],
    ["a million rows promised", chunk({ end: { count: 1_000_000, digest: "0".repeat(64), layout: "print" } })],
    ["a megabyte and more", chunk({ rows: [CANARY.repeat(80_000)] })],
    ["nesting without end", `${"[".repeat(50_000)}${"]".repeat(50_000)}`],
  ];
  const wrongTypes = ["text/plain", "application/json", "multipart/form-data; boundary=x", "application/xml"];
  const forms: Hostile[] = [
    ...wrongTypes.map((type) => form(type, version, type)),
    form("a megabyte", `${version}&Other=${"A".repeat(1_100_000)}`),
    form("ten thousand keys", `${version}${"&k=v".repeat(10_000)}`),
    form("no version", "SatisfactionWithService=Satisfied"),
    form("another version", "form-version=common-ground%4099"),
    form("another survey", "form-version=hope-scale%401"),
    form("a value of no option", `${version}&SatisfactionWithService=${encodeURIComponent(CANARY)}`),
    form("the same key twice", `${version}&SatisfactionWithService=Satisfied&SatisfactionWithService=Neutral`),
    [
      "form: from elsewhere",
      link,
      {
        method: "POST",
        headers: { origin: "https://evil.example", "content-type": "application/x-www-form-urlencoded" },
        body: version,
      },
    ],
    [
      "form: compressed",
      link,
      {
        method: "POST",
        headers: { "content-encoding": "gzip", "content-type": "application/x-www-form-urlencoded" },
        body: version,
      },
    ],
  ];
  const paths: Hostile[] = [
    "/s/",
    "/s/x",
    `/s/${"A".repeat(28)}`,
    `/s/${"A".repeat(28)}/more`,
    `${link.slice(0, -1)}${link.endsWith("A") ? "B" : "A"}`,
    `/s/${"A".repeat(5_000)}`,
    `/s/${encodeURIComponent(CANARY)}`,
    "/s/%00",
    "/s/..%2f..%2fadmin",
    "/t/%2e%2e/api/v1/appointments",
    "/t/nobody/api/v1/appointments",
    "/.env",
    "/wp-login.php",
    "/admin/v1/tenants",
  ].map((path): Hostile => [`GET ${path.slice(0, 40)}`, path, {}]);
  const unsigned: Hostile[] = [
    ["unsigned push", `${api}/appointments`, { method: "POST", body: chunk({}) }],
    ["unsigned job", `${api}/jobs`, { method: "POST", body: "{}" }],
    ["a key that is none", `${api}/jobs/lease`, { method: "POST", headers: { "hearback-key": CANARY }, body: "{}" }],
    [
      "unsigned report",
      twilio,
      { method: "POST", body: new URLSearchParams({ MessageSid: "SM1", MessageStatus: "sent" }) },
    ],
    [
      "report with a made-up signature",
      twilio,
      { method: "POST", headers: { "x-twilio-signature": "AAAA" }, body: new URLSearchParams({ Body: CANARY }) },
    ],
    ["report as JSON", twilio, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }],
    [
      "unsigned inbound",
      `/t/${slug}/twilio/inbound`,
      { method: "POST", body: new URLSearchParams({ From: "+12025550101", Body: CANARY }) },
    ],
    ["DELETE a form", link, { method: "DELETE" }],
    ["PUT a form", link, { method: "PUT", body: version }],
    ["unsigned operator", "/admin/v1/tenants", { method: "POST", body: "{}" }],
  ];
  return [...pushes.map(([name, body]) => signed(name, body)), ...forms, ...paths, ...unsigned];
}
