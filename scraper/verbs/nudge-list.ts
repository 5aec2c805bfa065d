import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

const Listed = z.array(
  z.object({ code: z.string(), name: z.string(), category: z.string(), audience: z.string(), status: z.string() }),
);

export const verb: Verb = {
  name: "nudge list",
  summary: "Lists a clinic's nudges: whom each is for and whether it is at work",
  takes: "<slug>",
  options: {},
  async run({ positionals }) {
    const [tenant, ...more] = positionals;
    if (!tenant || more.length > 0) throw new UsageError("name one clinic");
    const rows = await askEdge("/nudges/list", { tenant }, Listed);
    const lines = rows.map(({ code, status, category, audience, name }) =>
      [code, status, category, audience, name].join("  "),
    );
    return { ok: true, document: rows, text: lines.join("\n") };
  },
};
