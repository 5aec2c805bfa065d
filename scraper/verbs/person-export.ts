import { PersonExport } from "../../edge/contract/person.ts";
import { askEdge } from "../operator-client.ts";
import { PERSON_OPTIONS, readPersonQuery, tellSeveral } from "../person-query.ts";
import type { Verb } from "../verb.ts";

export const verb: Verb = {
  name: "person export",
  summary: "Prints everything that is held on one person as one JSON document; recorded in the clinic's audit",
  takes: "<slug>",
  options: PERSON_OPTIONS,
  async run(input) {
    const query = readPersonQuery(input);
    for (;;) {
      const answer = await askEdge("/person/export", query, PersonExport);
      if (answer.kind === "one") return { ok: true, document: answer.document };
      if (answer.kind === "several") return tellSeveral(answer.matches);
    }
  },
};
