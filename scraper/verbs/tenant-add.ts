import { readFile } from "node:fs/promises";
import { z } from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

const Added = z.object({
  tenantId: z.string(),
  database: z.string(),
  key: z.object({ id: z.string(), secret: z.string() }),
});

export const verb: Verb = {
  name: "tenant add",
  summary: "Makes a clinic's database, and prints the key for its container, which is shown this once",
  takes: "<tenant.json>",
  options: {},
  async run({ positionals }) {
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0)
      throw new UsageError("name one file with slug, name, settings and staff");
    const added = await askEdge("/tenants", JSON.parse(await readFile(path, "utf8")), Added, { once: true });
    const { key } = added;
    const text = `${added.tenantId}  ${added.database}\nEDGE_KEY_ID=${key.id}\nEDGE_KEY_SECRET=${key.secret}`;
    return { ok: true, document: added, text };
  },
};
