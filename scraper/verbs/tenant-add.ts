import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { readJsonFile } from "../read-json-file.ts";
import { UsageError, type Verb } from "../verb.ts";

const Added = z.object({
  tenantId: z.string(),
  database: z.string(),
  key: z.object({ id: z.string(), secret: z.string() }),
  /** What became of the kit's wordings and nudges. */
  kit: z.object({ templates: z.int(), nudges: z.record(z.string(), z.string()) }),
});

export const verb: Verb = {
  name: "tenant add",
  summary: "Makes a clinic's database, and prints the key for its container, which is shown this once",
  takes: "<tenant.json>",
  options: {},
  async run({ positionals }) {
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0)
      throw new UsageError("name one file with slug, name, settings, staff, templates and nudges");
    const added = await askEdge("/tenants", await readJsonFile(path), Added, { once: true });
    const { key, kit } = added;
    const nudges = Object.entries(kit.nudges).map(([code, status]) => `\nnudge ${code}: ${status}`);
    const text = `${added.tenantId}  ${added.database}\nEDGE_KEY_ID=${key.id}\nEDGE_KEY_SECRET=${key.secret}${nudges.join("")}`;
    return { ok: true, document: added, text };
  },
};
