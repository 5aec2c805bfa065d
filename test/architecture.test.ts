import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const CODE = ["edge", "db", "scraper", "templates"];
const MAX_LINES = 200;

/** What each room may import of ours, by the longest matching path; `*` for everything but tests. */
const MAY_IMPORT: Record<string, string[]> = {
  "edge/app.ts": ["*"],
  "edge/index.ts": ["*"],
  "edge/tick.ts": ["*"],
  "edge/schedule-kinds.ts": ["*"],
  edge: ["edge", "edge/contract", "db"],
  "edge/contract": ["edge/contract"],
  "edge/sources": ["edge/sources", "edge", "edge/contract", "db"],
  // A preview asks the gate's own rule of who has said no, or not yes.
  "edge/engagement": ["edge/engagement", "edge", "db", "templates", "edge/delivery/wills.ts"],
  // The gate looks again at the planner's own pure rule, and both end touches by the same statements.
  "edge/delivery": [
    "edge/delivery",
    "edge",
    "db",
    "templates/message",
    "edge/engagement/decide-ask.ts",
    "edge/engagement/decide-correction.ts",
    "edge/engagement/visit-standing.ts",
    "edge/engagement/recheck-nudges.ts",
    // The last look before the call reads an open wish as the planner does.
    "edge/engagement/another-time.ts",
    "edge/engagement/end-touches.ts",
    "edge/engagement/media-buys/cost.ts",
    // A letter that missed its list is written into the next by the planner's own rule.
    "edge/engagement/media-buys/enlist.ts",
  ],
  "edge/responses": [
    "edge/responses",
    "edge/delivery",
    "edge",
    "edge/contract",
    "db",
    "templates",
    "edge/engagement/end-touches.ts",
    "edge/engagement/visit-standing.ts",
  ],
  "edge/exports": ["edge/exports", "edge", "edge/contract", "db", "edge/sources/signed-request.ts"],
  "edge/operations": ["edge/operations", "edge", "db", "templates", "edge/responses/survey/hold-answers.ts"],
  "edge/console": ["*"],
  db: ["db"],
  scraper: ["scraper", "edge/contract"],
  templates: ["templates", "edge"],
};

/** Packages that have one home each. */
const HOME_OF: Record<string, string> = {
  "playwright-core": "scraper",
  cheerio: "scraper",
  htmlparser2: "scraper",
  soap: "scraper/concrete",
  ssh2: "scraper/deliver",
  pg: "scraper/sycle",
  mysql2: "scraper/sycle",
  "@libsql/client": "db",
  twilio: "edge/delivery",
};

const files = CODE.flatMap((folder) => sourcesIn(folder));

test("a room imports only what its rule allows", () => {
  const broken = files.flatMap((file) => {
    const room = roomOf(file, Object.keys(MAY_IMPORT));
    const allowed = MAY_IMPORT[room] ?? [];
    return ownImports(file)
      .filter((target) => !isAllowed(target, allowed))
      .map((target) => `${file} (${room}) imports ${target}`);
  });
  expect(broken).toEqual([]);
});

test("a package with one home is imported nowhere else", () => {
  const broken = files.flatMap((file) =>
    packageImports(file)
      .filter((name) => HOME_OF[name] && !file.startsWith(`${HOME_OF[name]}/`))
      .map((name) => `${file} imports ${name}`),
  );
  expect(broken).toEqual([]);
});

test(`a source file has at most ${MAX_LINES} lines`, () => {
  const long = files.map((file) => [file, lines(file)] as const).filter(([, count]) => count > MAX_LINES);
  expect(long).toEqual([]);
});

test("nothing in the product imports a test or a stand-in", () => {
  expect(files.filter((file) => ownImports(file).some((target) => target.startsWith("test/")))).toEqual([]);
});

test("every relative link in README, CONTRIBUTING and docs leads to something", () => {
  const pages = ["README.md", "CONTRIBUTING.md", ...list("docs").filter((file) => file.endsWith(".md"))];
  const dead = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .map(([, target]) => normalize(join(dirname(page), target ?? "")))
      .filter((target) => !exists(target))
      .map((target) => `${page} → ${target}`),
  );
  expect(dead).toEqual([]);
});

test("README's table of settings names every setting of the Worker and the container, and no other", () => {
  const named = [...read("README.md").matchAll(/^\| `([A-Z][A-Z0-9_]+)` \|/gm)].map(([, name]) => name);
  const defined = ["edge/env.ts", "scraper/settings.ts"].flatMap((file) =>
    [...read(file).matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(([, name]) => name),
  );
  const bindings = ["WAKE", "RATE_BUCKET", "ANSWER_SPOOL"];
  expect([...new Set(named)].sort()).toEqual(
    [...new Set(defined)].filter((name) => !bindings.includes(name ?? "")).sort(),
  );
});

test("README's list of verbs names every verb of the operator's command line, and no other", () => {
  const named = [...read("README.md").matchAll(/^\| `hearback ([a-z -]+)` \|/gm)].map(([, name]) => name);
  const files = list("scraper/verbs").map((file) => read(file));
  expect(named.sort()).toEqual(files.map((text) => /^ {2}name: "([a-z -]+)",$/m.exec(text)?.[1]).sort());
});

function isAllowed(target: string, allowed: string[]): boolean {
  if (allowed.includes("*")) return !target.startsWith("test/");
  return allowed.some((entry) => {
    if (entry.endsWith(".ts")) return target === entry;
    // `edge` alone means the core: files directly in it.
    if (entry === "edge") return dirname(target) === "edge";
    return target.startsWith(`${entry}/`);
  });
}

function roomOf(file: string, rooms: string[]): string {
  const fitting = rooms.filter((room) => file === room || file.startsWith(`${room}/`));
  return fitting.sort((one, other) => other.length - one.length)[0] ?? "";
}

function specifiers(file: string): string[] {
  return [...read(file).matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name ?? "");
}

function ownImports(file: string): string[] {
  return specifiers(file)
    .filter((name) => name.startsWith("."))
    .map((name) => normalize(join(dirname(file), name)));
}

function packageImports(file: string): string[] {
  return specifiers(file)
    .filter((name) => !name.startsWith("."))
    .map((name) =>
      name
        .split("/")
        .slice(0, name.startsWith("@") ? 2 : 1)
        .join("/"),
    );
}

function sourcesIn(folder: string): string[] {
  return list(folder).filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts"));
}

function list(folder: string): string[] {
  try {
    return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(join(ROOT, file), "utf8");
  } catch {
    return "";
  }
}

function exists(path: string): boolean {
  return read(path) !== "" || list(path).length > 0;
}

function lines(file: string): number {
  return read(file).trimEnd().split("\n").length;
}
