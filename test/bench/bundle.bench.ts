import { gzipSync } from "node:zlib";
import { Miniflare } from "miniflare";
import { bundleEdge } from "../sandbox/built-worker.ts";
import { freePort } from "../sandbox/free-port.ts";
import { processorMs, workerdPid } from "../sandbox/processes.ts";
import type { Measured } from "./run.ts";

const MOST_KB = 500;
const ROUNDS = 5;
const EMPTY =
  "export default { fetch() { return new Response('ok'); } }; export class RateBucket {}; export class AnswerSpool {};";

export const name = "bundle";

/** Gzipped size of the Worker against the 500 kB it may have, and the processor time that starting it adds to workerd's own. */
export async function run(): Promise<Measured> {
  const script = await bundleEdge();
  const value = Math.round(gzipSync(script).byteLength / 1000);
  const extra: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) extra.push((await startCpuMs(script)) - (await startCpuMs(EMPTY)));
  const startCpuMsMedian = Math.round(extra.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0);
  const ratio = Number((value / MOST_KB).toPrecision(3));
  return {
    value,
    unit: "kB gzip",
    baseline: MOST_KB,
    ratio,
    aim: 1,
    aims: "most",
    also: { startCpuMs: startCpuMsMedian },
  };
}

/** Processor time of workerd until it has answered its first request. */
async function startCpuMs(script: string): Promise<number> {
  const port = await freePort();
  const options = { compatibilityDate: "2026-07-30", compatibilityFlags: ["nodejs_compat"], host: "127.0.0.1", port };
  const miniflare = new Miniflare({ modules: true, script, ...options });
  try {
    await miniflare.ready;
    await (await miniflare.dispatchFetch(`http://127.0.0.1:${port}/healthz`)).arrayBuffer();
    return await processorMs(await workerdPid(port));
  } finally {
    await miniflare.dispose();
  }
}
