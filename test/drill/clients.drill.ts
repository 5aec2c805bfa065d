import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { connect as connectSocket, type Socket } from "node:net";
import { sql } from "drizzle-orm";
import { openLinks } from "../bench/open-links.ts";
import { processorMs, workerdPid } from "../sandbox/processes.ts";
import { todayIn } from "../visits.ts";
import { drill } from "./drill.ts";
import { percentile } from "./percentile.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-20 (a body that never ends is waited for), F-19 (a body of any size is read). */

const SLOW_CLIENTS = 500;

export const slowClients = drill(
  "five hundred clients that send nothing, or a byte a second, keep no patient waiting and are cut off [F-20]",
  async (kit) => {
    const world = await kit.world();
    const { port } = new URL(world.edge().url);
    const [link = ""] = await openLinks({ edge: world.edge(), sqld: world.sqld }, world.clinic, 1);
    const sockets = Array.from({ length: SLOW_CLIENTS }, (_, index) => slowClient(Number(port), index));
    const drip = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write("a");
    }, 1_000);
    try {
      const waits: number[] = [];
      for (let request = 0; request < kit.rounds(60, 600); request += 1) {
        const began = performance.now();
        const answer = await fetch(link);
        await answer.arrayBuffer();
        assert.equal(answer.status, 200);
        waits.push(performance.now() - began);
      }
      const slowBody = await answerToSlowBody(Number(port), link);
      assert.match(slowBody, /^HTTP\/1\.1 4\d\d|^$/, "a body that does not arrive is refused");
      kit.report({ medianMs: percentile(waits, 0.5), p99Ms: percentile(waits, 0.99), ...(await world.check()) });
      if (kit.isLong) assert.ok(percentile(waits, 0.99) < 1_000);
    } finally {
      clearInterval(drip);
      for (const socket of sockets) socket.destroy();
    }
  },
  {
    guard: [
      {
        file: "edge/http.ts",
        clause: "await Promise.race([reader.read(), late.passed])",
        without: "await reader.read()",
      },
    ],
  },
);

/** Every second one stops in its headers, the others in a body that they promised to be long. */
function slowClient(port: number, index: number): Socket {
  const socket = connectSocket(port, "127.0.0.1");
  socket.on("error", () => undefined);
  const body = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 60000\r\n\r\na=";
  socket.write(`POST /s/${"a".repeat(28)} HTTP/1.1\r\nhost: localhost\r\n${index % 2 === 0 ? "x-slow: " : body}`);
  return socket;
}

/** What a client is told whose signed push never ends: the first line of the answer, or nothing when it was cut off. */
function answerToSlowBody(port: number, link: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(port, "127.0.0.1");
    const head = `POST ${new URL(link).pathname} HTTP/1.1\r\nhost: localhost:${port}\r\n`;
    socket.write(`${head}content-type: application/x-www-form-urlencoded\r\ncontent-length: 900\r\n\r\nform-version=`);
    const late = setTimeout(() => reject(new Error("a slow body was waited for longer than 20 s")), 20_000);
    const end = (text: string) => {
      clearTimeout(late);
      socket.destroy();
      resolve(text);
    };
    socket.once("data", (data) => end(data.toString().split("\r\n")[0] ?? ""));
    socket.once("close", () => end(""));
    socket.on("error", () => undefined);
  });
}

export const hostile = drill(
  "sixty malformed, oversized and hostile requests get their 4xx, leave no row, no log of what they held, and a Worker that serves [F-19]",
  async (kit) => {
    const world = await kit.world();
    await world.clinic.push(todayIn(), world.people(2));
    await world.settle();
    // Every callback is in before rows are counted.
    await world.twilio.settled();
    const [link = ""] = await openLinks({ edge: world.edge(), sqld: world.sqld }, world.clinic, 1);
    const secret = `CANARY${randomUUID()}`;
    const before = await rowCounts(world);
    const pid = await workerdPid(Number(new URL(world.edge().url).port));
    const cpuBefore = await processorMs(pid);
    const requests = hostileRequests(world, link, secret);
    const wrong: string[] = [];
    for (const { name, url, init } of requests) {
      const { status } = await fetch(url, { redirect: "manual", ...init });
      if (status < 400 || status >= 500) wrong.push(`${name}: ${status}`);
    }
    const cpuMs = Math.round(((await processorMs(pid)) - cpuBefore) / requests.length);
    assert.deepEqual(wrong, []);
    assert.ok(requests.length >= 60, `only ${requests.length} requests`);
    assert.deepEqual(await rowCounts(world), before);
    assert.equal(
      world.edge().logs.some((line) => line.includes(secret)),
      false,
      "a log holds what was sent",
    );
    assert.equal((await fetch(link)).status, 200);
    kit.report({ requests: requests.length, cpuMsEach: cpuMs, ...(await world.check()) });
  },
  {
    guard: [
      { file: "edge/http.ts", clause: "if (size > maxBytes) throw tooLarge(maxBytes);", without: "" },
      {
        file: "edge/http.ts",
        clause: 'if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);',
        without: "",
      },
    ],
  },
);

type Hostile = { name: string; url: string; init: RequestInit };

function hostileRequests(world: World, link: string, secret: string): Hostile[] {
  const { url } = world.edge();
  const api = `${url}/t/${world.clinic.slug}/api/v1`;
  const bodies: [string, string][] = [
    ["empty", ""],
    ["not JSON", `{${secret}`],
    ["null", "null"],
    ["array", "[]"],
    ["deep", "[".repeat(1_000) + "]".repeat(1_000)],
    ["prototype", `{"__proto__":{"x":"${secret}"}}`],
    ["huge", JSON.stringify({ text: secret.repeat(40_000) })],
    ["xml", `<!DOCTYPE a [<!ENTITY b "${secret}">]><a>&b;</a>`],
  ];
  const forms: [string, string][] = [
    ["other survey", `form-version=none@9&a=${secret}`],
    ["no version", `a=${secret}`],
    ["ten thousand keys", Array.from({ length: 10_000 }, (_, key) => `k${key}=${secret.slice(0, 4)}`).join("&")],
    ["larger than a form", `form-version=common-ground@1&a=${secret.repeat(3_000)}`],
    ["value that is no option", `form-version=common-ground@1&SatisfactionWithService=${secret}`],
    [
      "the same field twice",
      `form-version=common-ground@1&SatisfactionWithService=Satisfied&SatisfactionWithService=${secret}`,
    ],
  ];
  const json = { "content-type": "application/json" };
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const post = (headers: Record<string, string>, body: string): RequestInit => ({ method: "POST", headers, body });
  const paths = ["/jobs", "/jobs/lease", "/jobs/none/heartbeat", "/jobs/none/finish", "/appointments"];
  return [
    ...paths.flatMap((path) =>
      bodies.map(([name, body]) => ({ name: `${path} ${name}`, url: api + path, init: post(json, body) })),
    ),
    ...forms.map(([name, body]) => ({ name: `form ${name}`, url: link, init: post(form, body) })),
    ...["text/plain", "application/json", "multipart/form-data; boundary=x"].map((type) => ({
      name: `form as ${type}`,
      url: link,
      init: post({ "content-type": type }, secret),
    })),
    ...["status/tch_none", "inbound"].flatMap((path) =>
      ["", "bm90IGEgc2lnbmF0dXJl"].map((signature) => ({
        name: `twilio ${path} signed "${signature}"`,
        url: `${url}/t/${world.clinic.slug}/twilio/${path}`,
        init: post({ ...form, "x-twilio-signature": signature }, `MessageSid=${secret}&MessageStatus=sent`),
      })),
    ),
    ...[
      "/s/none",
      `/s/${"A".repeat(28)}`,
      "/s/%00",
      `/${"..%2f".repeat(5)}etc`,
      `/t/${secret}/today/x`,
      "/admin/v1/none",
    ].map((path) => ({ name: path, url: url + path, init: {} })),
    ...["PUT", "DELETE", "PATCH"].map((method) => ({ name: `${method} a link`, url: link, init: { method } })),
    { name: "compressed", url: link, init: post({ ...form, "content-encoding": "gzip" }, secret) },
  ];
}

async function rowCounts({ clinic }: World): Promise<Record<string, number>> {
  const tables = [
    "appointments",
    "patients",
    "touches",
    "responses",
    "jobs",
    "snapshots",
    "inbound_messages",
    "opt_outs",
    "invites",
    "delivery_events",
  ];
  const counts = await Promise.all(
    tables.map(async (table) => {
      const [row] = await clinic.db.all<{ n: number }>(sql.raw(`SELECT count(*) AS n FROM ${table}`));
      return [table, row?.n ?? 0] as const;
    }),
  );
  return Object.fromEntries(counts);
}
