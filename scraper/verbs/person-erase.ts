import { type EraseQuery, PersonErased } from "../../edge/contract/person.ts";
import { askEdge } from "../operator-client.ts";
import { PERSON_OPTIONS, readPersonQuery, tellSeveral } from "../person-query.ts";
import { progress } from "../progress.ts";
import { UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  name: "person erase",
  summary: "Erases one person for good: look first with --dry-run, then repeat the id that it names with --confirm",
  takes: "<slug>",
  options: {
    ...PERSON_OPTIONS,
    "dry-run": { type: "boolean", about: "only say who it would be, and how much would go" },
    confirm: { type: "string", placeholder: "pat_…", about: "the id that the dry run named" },
  },
  async run(input) {
    const query = readPersonQuery(input);
    const { "dry-run": isDryRun = false, confirm } = input.values;
    if (isDryRun === (confirm !== undefined)) throw new UsageError("give either --dry-run or --confirm");
    let after: string | null = null;
    for (;;) {
      const asked: EraseQuery = { ...query, dryRun: isDryRun === true, confirm: confirm?.toString(), after };
      const answer: PersonErased = await askEdge("/person/erase", asked, PersonErased);
      if (answer.kind === "several") return tellSeveral(answer.matches);
      progress("looking through what is kept of messages from outside");
      if (answer.kind === "going_on") after = answer.next;
      else if (answer.kind !== "again") return { ok: true, document: answer };
    }
  },
};
