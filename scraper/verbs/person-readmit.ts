import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

const Readmitted = z.object({ erasureId: z.string(), keys: z.int() });

export const verb: Verb = {
  name: "person readmit",
  summary: "Lets sources bring back somebody who was erased and has become a patient again, by the erasure's id",
  takes: "<slug> <ers_…>",
  options: {},
  async run({ positionals }) {
    const [tenant, erasureId, ...more] = positionals;
    if (!tenant || !erasureId || more.length > 0) throw new UsageError("name one clinic and one erasure, as ers_…");
    return { ok: true, document: await askEdge("/person/readmit", { tenant, erasureId }, Readmitted) };
  },
};
