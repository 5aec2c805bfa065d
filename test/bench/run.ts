import { readdir } from "node:fs/promises";
import { parseArgs } from "node:util";

/** What a benchmark reports: its own figure, that of what it is held against, and the ratio it aims at. */
export type Measured = {
  value: number;
  unit: string;
  baseline: number;
  ratio: number;
  aim: number;
  /** Of the process that matters, such as workerd; without it, of the benchmark's own. */
  memoryMB?: number;
  /** `most` where a smaller ratio is the better one, as with times and sizes. */
  aims?: "least" | "most";
  /** Further figures worth knowing. */
  also?: Record<string, number>;
};
export type Bench = { name: string; run: () => Promise<Measured> };

const USAGE = `npm run bench [-- name…]

Runs the benchmarks in test/bench/*.bench.ts, or those named, and prints one JSON line for each:
{"bench","value","unit","baseline","ratio","aim","memoryMB"}. Baselines are measured in the same run.
The aim is the least ratio that is good, or the most one where the line says "aims":"most".
Exit 1 when a ratio misses its aim, 2 on bad usage.`;

/** `npm run bench`: one JSON line per benchmark. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: "boolean" } } });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith(".bench.ts")).sort();
  const benches: Bench[] = await Promise.all(files.map((file) => import(`./${file}`)));
  const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    console.error(`no benchmark ${unknown.join(", ")}; there are ${benches.map(({ name }) => name).join(", ")}`);
    return 2;
  }
  let missed = 0;
  for (const bench of benches.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
    const measured = await bench.run();
    const memoryMB = measured.memoryMB ?? Math.round(process.resourceUsage().maxRSS / 1024);
    console.log(JSON.stringify({ bench: bench.name, ...measured, memoryMB }));
    if (misses(measured)) missed += 1;
  }
  return missed === 0 ? 0 : 1;
}

function misses({ ratio, aim, aims }: Measured): boolean {
  return aims === "most" ? ratio > aim : !(ratio >= aim);
}

process.exitCode = await main();
