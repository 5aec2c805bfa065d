import { randomInt } from "node:crypto";
import { readdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Drill, Kit } from "./drill.ts";
import { bundleWithout, textsWithout } from "./guards.ts";
import { startWorld, type World } from "./world.ts";

const USAGE = `npm run drill [-- name or id…] [-- --long] [--seed n] [--json]

Puts real faults to the real parts and checks what must hold afterwards. One line for each drill; JSON with --json.
--long repeats each fault many times. --seed repeats a run. GUARD_OFF=F-1 builds the Worker without that drill's guard:
then the drill must fail. Exit 1 when a drill fails, 2 on bad usage.`;

type Outcome = {
  drill: string;
  kind: string;
  title: string;
  ok: boolean;
  seconds: number;
  seed: number;
  error?: string;
} & Record<string, unknown>;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: "boolean" },
      long: { type: "boolean" },
      json: { type: "boolean" },
      seed: { type: "string" },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const known = await readDrills();
  const wanted = known.filter(
    ({ name, drill }) =>
      positionals.length === 0 || positionals.some((each) => each === name || drill.ids.includes(each)),
  );
  if (wanted.length === 0) {
    console.error(
      `no such drill; there are ${known.map(({ name, drill }) => `${name} ${drill.ids.join(" ")}`).join(", ")}`,
    );
    return 2;
  }
  const seed = Number(values.seed ?? randomInt(1, 1_000_000));
  let failed = 0;
  for (const { name, drill } of wanted) {
    const outcome = await runDrill(name, drill, seed, values.long === true);
    if (!outcome.ok) failed += 1;
    const { ok, seconds, error, title } = outcome;
    console.log(
      values.json
        ? JSON.stringify(outcome)
        : `${ok ? "ok  " : "FAIL"} ${title} (${seconds} s)${error ? `\n     ${error}` : ""}`,
    );
  }
  return failed === 0 ? 0 : 1;
}

async function readDrills(): Promise<{ name: string; drill: Drill }[]> {
  const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith(".drill.ts")).sort();
  const modules = await Promise.all(files.map(async (file): Promise<Record<string, Drill>> => import(`./${file}`)));
  return modules.flatMap((module, index) =>
    Object.values(module).map((drill) => ({ name: files[index]?.replace(".drill.ts", "") ?? "", drill })),
  );
}

async function runDrill(name: string, drill: Drill, seed: number, isLong: boolean): Promise<Outcome> {
  const began = performance.now();
  const worlds: World[] = [];
  const found: Record<string, unknown> = {};
  const isOff = drill.ids.includes(process.env.GUARD_OFF ?? "");
  let error: string | undefined;
  try {
    textsWithout(drill.guard);
    const script = isOff ? await bundleWithout(drill.guard) : undefined;
    const random = mulberry(seed);
    const kit: Kit = {
      random,
      isLong,
      rounds: (short, long) => (isLong ? long : short),
      report: (more) => void Object.assign(found, more),
      world: async (options = {}) => {
        const world = await startWorld(options, script, random);
        worlds.push(world);
        return world;
      },
    };
    await Promise.race([drill.run(kit), tooLate(isLong)]);
    const broken = Object.entries(found).filter(([id, value]) => /^I\d$/.test(id) && value !== "ok");
    if (broken.length > 0) error = broken.map(([id, value]) => `${id}: ${value}`).join("; ");
  } catch (reason) {
    error = reason instanceof Error ? `${reason.message}` : String(reason);
  }
  for (const world of worlds) {
    // What a failed drill left behind is kept, to be looked into.
    if (error) found.kept = world.sqld.folder;
    await world.close(error !== undefined);
  }
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  return {
    ...{ drill: name, kind: drill.kind, ids: drill.ids, title: drill.title, ok: error === undefined, seconds, seed },
    ...(isOff && { guard: "off" }),
    ...found,
    ...(error && { error }),
  };
}

const SHORT_DEADLINE_MS = 90_000;
const LONG_DEADLINE_MS = 2 * 3_600_000;

/** A drill that waits for what never comes has failed. */
function tooLate(isLong: boolean): Promise<never> {
  const ms = isLong ? LONG_DEADLINE_MS : SHORT_DEADLINE_MS;
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`not done after ${ms / 1000} s`)), ms).unref();
  });
}

/** Chance that can be had again: the same numbers for the same seed. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

process.exitCode = await main();
// A killed Worker leaves timers of its manager behind.
process.exit();
