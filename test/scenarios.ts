/** `npm run scenarios` writes docs/scenarios.md from the titles of tests, drills and loads; `--check` says whether it is fresh. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseAst } from "vitest/node";

const ROOT = join(import.meta.dirname, "..");
const PAGE = join(ROOT, "docs/scenarios.md");

/** What the letters in front of a number are about, in the order of the page. */
const SUBJECTS: Record<string, string> = {
  ASK: "Asking after a visit, from the schedule to the stored answer",
  PARSE: "Reading a saved schedule page",
  NUDGE: "Reminding: nudges, steps, touches",
  CAMP: "Following treatment: campaigns",
  FILE: "Exchanging files",
  CONS: "Referring: consultations",
  BAD: "Input that is wrong or hostile",
  F: "Faults, injected from outside while it runs",
  L: "Load that is held",
};

const INTRODUCTION = [
  "# What holds, and where it is proven",
  "",
  "Each line is the title of a test that runs, or of a drill or load that can be run. `npm run scenarios` writes this page",
  "and `npm run check` refuses it when it is stale. A line with a number is a scenario set before the code was written.",
];

type Scenario = { file: string; title: string; ids: string[] };
type Node = { type: string; [key: string]: unknown };

const page = pageOf(listFiles().flatMap(readScenarios));
if (!process.argv.includes("--check")) writeFileSync(PAGE, page);
else if (!existsSync(PAGE) || page !== read(PAGE)) {
  console.error("docs/scenarios.md is not what the tests say: run `npm run scenarios` and commit it");
  process.exitCode = 1;
}

function listFiles(): string[] {
  return readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .map((file) => `test/${file.replaceAll("\\", "/")}`)
    .filter((file) => /\.test\.tsx?$/.test(file) || /^test\/(drill|bench)\/.*\.ts$/.test(file))
    .sort();
}

/** Titles of one file, each with those of the groups around it. */
function readScenarios(file: string): Scenario[] {
  const names = file.includes(".test.") ? ["test", "it"] : ["drill", "load"];
  const found: Scenario[] = [];
  const walk = (value: unknown, groups: string[]): void => {
    if (Array.isArray(value)) for (const each of value) walk(each, groups);
    if (!isNode(value)) return;
    const title = value.type === "CallExpression" ? titleOf(value) : undefined;
    const name = rootName(value);
    if (title !== undefined && names.includes(name)) found.push(scenario(file, [...groups, title].join(": ")));
    const inner = title !== undefined && name === "describe" ? [...groups, title] : groups;
    for (const child of Object.values(value)) walk(child, inner);
  };
  walk(parseAst(read(join(ROOT, file)), { lang: file.endsWith("x") ? "tsx" : "ts" }), []);
  return found;
}

function scenario(file: string, whole: string): Scenario {
  const ids = [...whole.matchAll(/\b(?:[A-Z]+)-\d+\b(?=[^[]*\])/g)].map(([id]) => id);
  // What a table of cases fills in is not in the title.
  const title = whole.replace(/\s*\[[A-Z]+-\d+[^\]]*\]/g, "").replace(/%[sdijo]|\$\w+/g, "…");
  return { file, title, ids };
}

/** The text of a call's first argument, if it is one. */
function titleOf(call: Node): string | undefined {
  const [first] = call.arguments as Node[];
  if (first?.type === "Literal" && typeof first.value === "string") return first.value;
  if (first?.type !== "TemplateLiteral") return undefined;
  return (first.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join("…");
}

/** `test` of `test(…)`, `test.concurrent(…)` and `test.each(…)(…)`. */
function rootName(node: Node): string {
  const inner = node.callee ?? node.object ?? node.tag;
  return isNode(inner) ? rootName(inner) : String(node.name ?? "");
}

function pageOf(scenarios: Scenario[]): string {
  const numbered = Object.entries(SUBJECTS).flatMap(([prefix, subject]) => {
    const rows = scenarios.flatMap((each) =>
      each.ids.filter((id) => id.startsWith(`${prefix}-`)).map((id) => ({ ...each, id })),
    );
    rows.sort((one, other) => numberOf(one.id) - numberOf(other.id));
    const lines = rows.map(({ id, title, file }) => `| ${id} | ${cell(title)} | [${short(file)}](../${file}) |`);
    return lines.length === 0
      ? []
      : ["", `## ${subject}`, "", "| | what holds | proven in |", "|---|---|---|", ...lines];
  });
  const others = Map.groupBy(
    scenarios.filter(({ ids }) => ids.length === 0),
    ({ file }) => file,
  );
  const rest = [...others].flatMap(([file, held]) => [
    "",
    `**[${short(file)}](../${file})**`,
    "",
    ...held.map(({ title }) => `- ${title}`),
  ]);
  return [...INTRODUCTION, ...numbered, "", "## What else holds, by file", ...rest, ""].join("\n");
}

function numberOf(id: string): number {
  return Number(id.split("-")[1]);
}

function short(file: string): string {
  return relative("test", file).replace(/\.(test|drill|bench)?\.?tsx?$/, "");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

function read(file: string): string {
  return readFileSync(file, "utf8");
}
