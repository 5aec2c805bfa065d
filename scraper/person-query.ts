import type { Match, PersonQuery } from "../edge/contract/person.ts";
import { UsageError, type VerbInput, type VerbOption, type VerbResult } from "./verb.ts";

/** How one person is named on the command line. */
export const PERSON_OPTIONS: Record<string, VerbOption> = {
  patient: { type: "string", placeholder: "pat_…", about: "the person, by the desk's own id" },
  phone: { type: "string", placeholder: "+…", about: "or by number, where only one person has it" },
  mail: { type: "string", placeholder: "ADDRESS", about: "or by mail address, likewise" },
};

/** Throws `UsageError` unless one clinic and one way to the person is named. */
export function readPersonQuery({ values, positionals }: VerbInput): PersonQuery {
  const [tenant, ...more] = positionals;
  if (!tenant || more.length > 0) throw new UsageError("name one clinic");
  const given = Object.keys(PERSON_OPTIONS).filter((name) => values[name] !== undefined);
  const [only, ...others] = given;
  if (!only || others.length > 0) throw new UsageError("name one person: by --patient, --phone or --mail");
  return { tenant, [only]: values[only] };
}

/** Nobody is guessed: who may be meant is listed, for somebody who knows them. */
export function tellSeveral(matches: Match[]): VerbResult {
  const lines = matches.map(({ patientId, name, bornIn, visits, lastVisitOn }) =>
    [patientId, name ?? "?", `born ${bornIn ?? "?"}`, `${visits} visits`, `last ${lastVisitOn ?? "never"}`].join("  "),
  );
  const text = ["Several people have this. Say which one is meant, with --patient:", ...lines].join("\n");
  return { ok: false, document: { matches }, text };
}
