import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

const Listed = z.array(z.object({ slug: z.string(), name: z.string(), status: z.string(), database: z.string() }));

export const verb: Verb = {
  name: "tenant list",
  summary: "Lists the clinics of this desk",
  takes: "",
  options: {},
  async run({ positionals }) {
    if (positionals.length > 0) throw new UsageError("tenant list takes nothing");
    const tenants = await askEdge("/tenants/list", {}, Listed);
    const lines = tenants.map(({ slug, status, database, name }) => [slug, status, database, name].join("  "));
    return { ok: true, document: tenants, text: lines.join("\n") };
  },
};
