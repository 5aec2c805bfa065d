import { parseArgs } from "node:util";

export type VerbOption = { type: "string" | "boolean"; about: string; placeholder?: string };
export type VerbInput = { values: Record<string, string | boolean | undefined>; positionals: string[] };
/** `document` is what `--json` prints; `text` is for people, and is the document when left out. */
export type VerbResult = { ok: boolean; document: unknown; text?: string };

/** One command of `npm run -s hearback -- <verb>`: one file in `scraper/verbs/`, named as the verb with `-` for spaces. */
export type Verb = {
  name: string;
  summary: string;
  /** What stands behind the name in the usage line, such as `<page.html>`. */
  takes: string;
  options: Record<string, VerbOption>;
  run(input: VerbInput): Promise<VerbResult>;
};

/** The command line is wrong; exit 2 and the verb's help. */
export class UsageError extends Error {
  override name = "UsageError";
}

const COMMON: Record<string, VerbOption> = {
  json: { type: "boolean", about: "print one JSON document on one line" },
  help: { type: "boolean", about: "show this" },
};

/** Reads a verb's arguments; throws `UsageError` for an option it does not have. */
export function readArguments(verb: Verb, args: string[]): VerbInput {
  const options = { ...verb.options, ...COMMON };
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { values, positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The help text of one verb. */
export function helpOf(verb: Verb): string {
  const options = Object.entries({ ...verb.options, ...COMMON }).map(([name, { placeholder, about }]) => {
    const label = `  --${placeholder ? `${name} ${placeholder}` : name}`;
    return label.length > 25 ? `${label}\n${" ".repeat(26)}${about}` : `${label.padEnd(25)} ${about}`;
  });
  return [`hearback ${verb.name} ${verb.takes}`.trim(), "", verb.summary, "", ...options].join("\n");
}
