import type { contactPoints } from "../../../db/schema/people.ts";
import type { Person } from "../blind-row.ts";
import { masked } from "./contact-words.ts";

export type System = (typeof contactPoints.$inferSelect)["system"];
/** A number or address of the row: normalised, or as it was written where it cannot be used. */
export type Shown = { system: System; value: string; isUsable: boolean };
type Change = [field: string, before: string | null, after: string | null];

/** The person as the store has them. */
export type Before = { person: Person; shown: Map<System, string> };

/** What the row changes of the person, sealed or masked: enough to tell, and to nobody who it is. */
export function changesOf(before: Before, person: Person, shown: Shown[]): Change[] {
  const changes: Change[] = [];
  const names = [before.person, person].map(({ name, nickname }) => [name, nickname].filter(Boolean).join(" "));
  if (names[0] !== names[1]) changes.push(["name", masked("name", names[0] ?? ""), masked("name", names[1] ?? "")]);
  const fields = [
    ["sms", "mobilePhone", "phone"],
    ["phone", "homePhone", "phone"],
    ["mail", "email", "mail"],
  ] as const;
  for (const [system, field, kind] of fields) {
    const was = before.shown.get(system) ?? null;
    const is = shown.find((each) => each.system === system)?.value ?? null;
    if (was !== is) changes.push([field, masked(kind, was), masked(kind, is)]);
  }
  return changes;
}
