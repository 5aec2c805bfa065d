import { counted, type State } from "../words.ts";
import type { Run } from "./read-runs.ts";

const PROCEDURE_WORDS: Record<string, string> = {
  scrape: "Read the schedule",
  cassify: "Have addresses validated",
  deliver: "Bring files to their receivers",
  schedule: "Order readings and imports",
  "give-up": "Give up what takes too long",
  "give-up-lost": "Give up work whose container is lost each time",
  slots: "Start what is due",
  refresh: "Ask the clinic's side to read",
  addresses: "Put addresses into form",
  "apply-imports": "Apply what was imported",
  nudges: "Plan nudges",
  import: "Import",
  plan: "Decide who is asked",
  remind: "Decide who is reminded",
  recover: "Take back interrupted work",
  reconcile: "Look after messages in doubt",
  "stand-in": "Try another way where a message did not arrive",
  dispatch: "Send messages",
  files: "Make the printer's files",
  deliveries: "Order files brought to their receivers",
  mailings: "Follow files on their way",
  "watch-mailings": "Watch for mailings that wait",
  budgets: "Watch budgets",
  costs: "Ask what messages cost",
  watch: "Watch for silence",
  "watch-schedules": "Watch for runs that fail",
  notify: "Tell about alarms",
  tidy: "Tidy up",
  retention: "Purge what is past its time",
  reseal: "Seal under the new key",
  "key-rotation": "Change of keys",
};

/** What a procedure does, for people. */
export function procedureWords(id: string): string {
  return PROCEDURE_WORDS[id] ?? id.replaceAll("_", " ");
}

/** How a run stands. */
export function runState({ status, error }: Run): State {
  const detail = error ? { detail: error.replaceAll("_", " ") } : {};
  switch (status) {
    case "succeeded":
      return { tone: "ok", label: "Done", ...detail };
    case "partly":
      return { tone: "warn", label: "Partly done", ...detail };
    case "timeout":
      return { tone: "bad", label: "Given up: took too long" };
    case "skipped":
      return { tone: "off", label: "Passed over", detail: "the run before it went on" };
    case "held":
      return { tone: "warn", label: "Held", ...detail };
    case "failed":
      return { tone: "bad", label: "Failed", ...detail };
    default:
      return { tone: "wait", label: "Running", ...detail };
  }
}

/** Where the name of a count says too little by itself. */
const COUNT_WORDS: Record<string, string> = {
  accepted: "handed over",
  cancelled: "called off",
  claimed: "taken up",
  created: "new",
  ended: "not sent after all",
  future: "visits to come",
  going: "would go",
  limit: "at most",
  looked: "looked at",
  refused: "refused by the carrier",
  restored: "back",
  staged: "handed in",
  tooLarge: "too many people",
  unchanged: "as before",
  unknown: "in doubt",
  updated: "changed",
  usual: "usually",
};

/** `3 planned · 1 not asked`; what is zero is left out, and what is no count stands after its name. */
export function countWords(counts: string): string {
  const entries = Object.entries(JSON.parse(counts) as Record<string, unknown>);
  const told = entries.filter(([, value]) => value !== 0 && value !== null && typeof value !== "object");
  return told.map(([name, value]) => oneCount(COUNT_WORDS[name] ?? spaced(name), value)).join(" · ");
}

function oneCount(words: string, value: unknown): string {
  return typeof value === "number" ? `${counted(value)} ${words}` : `${words}: ${String(value)}`;
}

function spaced(name: string): string {
  return name.replaceAll("_", " ").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** `4 s`, `3 min`, `2 h`. */
export function spanWords(ms: number): string {
  if (ms < 1_000) return "under 1 s";
  if (ms < 90_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 90 * 60_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** How late it began; nothing within a minute, which is the clock's own step. */
export function latenessWords({ dueAt, startedAt }: Run): string {
  return dueAt !== null && startedAt - dueAt >= 60_000 ? `${spanWords(startedAt - dueAt)} late` : "";
}
