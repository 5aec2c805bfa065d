import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { actionWords } from "../../edge/console/action-words.ts";
import { reasonWords } from "../../edge/console/reason-words.ts";
import { procedureWords } from "../../edge/console/runs/run-words.ts";
import { errorWords, GATE_WORDS } from "../../edge/console/words.ts";
import { type GateFacts, judge } from "../../edge/delivery/gate.ts";

const EDGE = join(import.meta.dirname, "../../edge");
const sources = readdirSync(EDGE, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file) && !file.startsWith("console/"))
  .map((file) => readFileSync(join(EDGE, file), "utf8"))
  .join("\n");

/** Every text that a pattern's first group finds in the product's sources. */
const found = (pattern: RegExp) => [...new Set([...sources.matchAll(pattern)].map(([, text]) => text ?? ""))];

test("every reason that a statement writes into a row has its sentence", () => {
  // Those in code are held to the closed list by their type; why a visit was removed (`removed_reason`) is another list.
  const written = found(/\breason\s*=\s*'([a-z_]+)'/g);
  expect(written.length).toBeGreaterThan(2);
  expect(written.filter((code) => reasonWords(code).long === code.replaceAll("_", " "))).toEqual([]);
});

test("every change of a message, an opt-out or a pause has its words in the audit", () => {
  const actions = [
    ...found(/'((?:touch|opt_out|pause|invite|response)\.[a-z_]+)'/g),
    ...found(/action: "((?:touch|opt_out|pause|invite|response)\.[a-z_]+)"/g),
  ];
  expect(actions.length).toBeGreaterThan(5);
  expect(actions.filter((action) => actionWords(action) === action)).toEqual([]);
});

test("all that runs on the clock has its words on the page of runs", () => {
  // Those that the page leaves out.
  const silent = ["tick", "audit", "slots"];
  const ids = found(/id: "([a-z-]+)", work[:(]/g).filter((id) => !silent.includes(id));
  expect(ids.length).toBeGreaterThan(15);
  expect(ids.filter((id) => procedureWords(id) === id)).toEqual([]);
});

test("the gates are explained in the order in which they decide", () => {
  const office = {
    status: "active",
    timeZone: "America/New_York",
    windowOpens: "09:00",
    windowCloses: "20:00",
    closedDays: [],
  };
  const facts = { office, missingFields: [] as string[], paused: null } as unknown as GateFacts;
  expect(judge(facts, Date.now()).map(({ gate }) => gate)).toEqual(Object.keys(GATE_WORDS));
});

test("a carrier's error number is told in words and stays on the page", () => {
  expect(errorWords("30005")).toBe("number not in use (30005)");
  expect(errorWords("99999")).toBe("carrier error (99999)");
});
