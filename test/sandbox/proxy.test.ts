import { Hono } from "hono";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type SetFault, startTcpProxy, type TcpProxy } from "./proxy.ts";
import { type NodeEnv, type Served, serveApp } from "./serve.ts";

let upstream: Served;
let proxy: TcpProxy;
let heard: string[] = [];
let faults: SetFault[] = [];
beforeAll(async () => {
  const app = new Hono<NodeEnv>().post("*", async (c) => {
    heard.push(await c.req.text());
    return c.text("y".repeat(2_000));
  });
  upstream = await serveApp(app);
  proxy = await startTcpProxy(upstream.url);
});
afterEach(() => {
  for (const fault of faults) fault.remove();
  faults = [];
  heard = [];
});
afterAll(async () => {
  await proxy.close();
  await upstream.close();
});

function fault(settings: Parameters<TcpProxy["fault"]>[0]): SetFault {
  const set = proxy.fault(settings);
  faults.push(set);
  return set;
}

async function post(body: string, deadlineMs = 5_000): Promise<string> {
  const response = await fetch(proxy.url, { method: "POST", body, signal: AbortSignal.timeout(deadlineMs) });
  return response.text();
}

test("without a fault the line is clean, over kept-alive connections and large bodies too", async () => {
  const bodies = ["a", "b".repeat(300_000), "c"];
  for (const body of bodies) expect(await post(body)).toHaveLength(2_000);
  expect(heard).toEqual(bodies);
});

test("a reply dropped after the upstream replied leaves the work done and the caller in doubt", async () => {
  fault({ at: "reply", does: "reset", times: 1 });
  await expect(post("first")).rejects.toThrow();
  expect(await post("second")).toHaveLength(2_000);
  expect(heard).toEqual(["first", "second"]);
});

test("a connection reset at the request never reaches the upstream", async () => {
  fault({ at: "request", does: "reset", times: 1 });
  await expect(post("lost")).rejects.toThrow();
  expect(heard).toEqual([]);
});

test("a cut after n bytes breaks off in the middle of the answer", async () => {
  fault({ at: "reply", does: { cutAfterBytes: 700 } });
  await expect(post("x")).rejects.toThrow();
  expect(heard).toEqual(["x"]);
});

test("silence keeps the line open until the caller's own deadline", async () => {
  fault({ at: "reply", does: "silence" });
  await expect(post("x", 200)).rejects.toThrow(/timeout/i);
  expect(heard).toEqual(["x"]);
});

test("only the request that matches is hit, and what runs at the hit is done before anything moves on", async () => {
  const order: string[] = [];
  const { hit } = fault({ at: "request", request: /INSERT/, run: () => void order.push(`ran, heard ${heard.length}`) });
  await post("SELECT 1");
  await post("INSERT 1");
  await hit;
  expect(order).toEqual(["ran, heard 1"]);
  expect(heard).toEqual(["SELECT 1", "INSERT 1"]);
});

test("delay and throttle slow an exchange down by what was asked", async () => {
  fault({ at: "reply", delayMs: 150, times: 1 });
  fault({ at: "reply", bytesPerSecond: 10 });
  const began = performance.now();
  await post("late");
  expect(performance.now() - began).toBeGreaterThanOrEqual(145);
  await expect(post("drip", 300)).rejects.toThrow(/timeout/i);
});

test("resetting all connections fails what is under way, and the next request opens a new line", async () => {
  const { hit } = fault({ at: "reply", does: "silence", times: 1 });
  const under = post("x");
  await hit;
  proxy.resetAll();
  await expect(under).rejects.toThrow();
  expect(await post("y")).toHaveLength(2_000);
});
