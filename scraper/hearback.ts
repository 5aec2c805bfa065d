/** The operator's command line: `npm run -s hearback -- <verb>`. Exit 0 done, 1 failed, 2 bad usage. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { progressEnds } from "./progress.ts";
import { loadEnvFile } from "./settings.ts";
import { helpOf, readArguments, UsageError, type Verb, type VerbResult } from "./verb.ts";

const VERBS = join(import.meta.dirname, "verbs");

async function main(args: string[]): Promise<number> {
  const found = await findVerb(args);
  if (!found) {
    const asked = args[0] === undefined || args[0] === "--help" || args[0] === "help";
    (asked ? console.log : console.error)(`${asked ? "" : `there is no verb ${args[0]}\n\n`}${await helpOfAll()}`);
    return asked && args.length > 0 ? 0 : 2;
  }
  const { verb, rest } = found;
  const isJson = rest.includes("--json");
  try {
    const input = readArguments(verb, rest);
    if (!input.values.help) return print(await verb.run(input).finally(progressEnds), isJson);
    console.log(helpOf(verb));
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isUsage = error instanceof UsageError;
    if (isJson) console.log(JSON.stringify({ error: { code: isUsage ? "usage" : "failed", message } }));
    console.error(isUsage ? `${message}\n\n${helpOf(verb)}` : message);
    return isUsage ? 2 : 1;
  }
}

function print({ ok, document, text }: VerbResult, isJson: boolean): number {
  console.log(isJson ? JSON.stringify(document) : (text ?? JSON.stringify(document, null, 2)));
  return ok ? 0 : 1;
}

/** Only the verb that was asked for is loaded: others may need a browser. Names of two words win over names of one. */
async function findVerb(args: string[]): Promise<{ verb: Verb; rest: string[] } | undefined> {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join("-");
    const isName = args.length >= words && /^[a-z]+(?:-[a-z]+)*$/.test(name);
    if (isName && existsSync(join(VERBS, `${name}.ts`))) return { verb: await load(name), rest: args.slice(words) };
  }
  return undefined;
}

async function load(file: string): Promise<Verb> {
  const { verb } = await import(`./verbs/${file}.ts`);
  return verb;
}

async function helpOfAll(): Promise<string> {
  const files = (await readdir(VERBS)).filter((file) => file.endsWith(".ts")).sort();
  const verbs = await Promise.all(files.map((file) => load(file.slice(0, -3))));
  const lines = verbs.map(({ name, summary }) => `  ${name.padEnd(24)}${summary}`);
  return ["npm run -s hearback -- <verb> [--help] [--json]", "", ...lines].join("\n");
}

loadEnvFile();
process.exitCode = await main(process.argv.slice(2));
