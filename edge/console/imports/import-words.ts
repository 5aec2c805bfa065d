import type { ImportRow } from "../../sources/imports/import-row.ts";
import { counted, type State } from "../words.ts";

const ENTITY_WORDS: Record<string, string> = {
  patient: "People",
  appointment: "Visits",
  product: "Products",
  purchase: "Purchases",
};

/** What an import's rows are about. */
export function entityWords(entity: string): string {
  return ENTITY_WORDS[entity] ?? entity;
}

/** How an import stands. */
export function importState({ status, errorCode }: ImportRow): State {
  switch (status) {
    case "applied":
      return { tone: "ok", label: "Applied" };
    case "held":
      return { tone: "warn", label: "Held", detail: "a person has to decide" };
    case "failed":
      return { tone: "bad", label: "Failed", ...(errorCode && { detail: errorCode.replaceAll("_", " ") }) };
    case "dropped":
      return { tone: "off", label: "Rejected", detail: "nothing was removed" };
    case "superseded":
      return { tone: "off", label: "Overtaken", detail: "a newer one came first" };
    case "staged":
      return { tone: "wait", label: "Being applied" };
    default:
      return { tone: "wait", label: "Coming in" };
  }
}

const REASON_WORDS: Record<string, string> = {
  source_id_missing: "came without the source's own key",
  repeated: "came twice in one import",
  office_unknown: "is at an office that the clinic's settings do not name",
  patient_unknown: "belongs to a person whom the source has not shown",
  time_invalid: "has a time that does not exist",
  past_retention: "is older than the clinic keeps such records",
  changed_meanwhile: "changed while it was read; the next import takes it",
  erased: "belongs to a person who was erased",
  missing: "lacks a field",
  malformed: "has a field that cannot be read",
};

/** Why a row was not taken, with the field to blame: the stored reason is `code` or `code:field`. */
export function rejectWords(reason: string): string {
  const [code = "", field] = reason.split(":");
  const words = REASON_WORDS[code] ?? code.replaceAll("_", " ");
  return field && (code === "missing" || code === "malformed") ? `${words}: ${field}` : words;
}

const COUNTED = ["created", "updated", "removed", "restored", "unchanged", "rejected"] as const;
const COUNT_WORDS = ["new", "changed", "removed", "back", "as before", "not taken"];

/** `12 new · 3 changed`, for one entity; what is zero is left out. */
export function changeWords(counts: Record<string, number>): string {
  const told = COUNTED.map((name, index) => [counts[name] ?? 0, COUNT_WORDS[index]] as const);
  return told
    .filter(([count]) => count > 0)
    .map(([count, words]) => `${counted(count)} ${words}`)
    .join(" · ");
}

/** `UTC−7`, `UTC+5:30`. */
export function offsetWords(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? "−" : "+"}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}
