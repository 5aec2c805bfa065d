import { readFile } from "node:fs/promises";
import { z } from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

const Changed = z.object({ settings: z.record(z.string(), z.unknown()) });

export const verb: Verb = {
  name: "tenant set",
  summary: "Changes some of a clinic's settings, and looks again at its recent visits by the new ones",
  takes: "<slug> <changes.json>",
  options: {
    status: { type: "string", placeholder: "active|suspended", about: "a suspended clinic's texts wait" },
    name: { type: "string", placeholder: "NAME", about: "what the clinic is called on its pages" },
  },
  async run({ values: { status, name }, positionals }) {
    const [tenant, path, ...more] = positionals;
    if (!tenant || more.length > 0) throw new UsageError("name one clinic, and one file with what changes");
    if (!path && status === undefined && name === undefined) throw new UsageError("say what is to change");
    const settings = path ? JSON.parse(await readFile(path, "utf8")) : {};
    return { ok: true, document: await askEdge("/tenants/set", { tenant, settings, status, name }, Changed) };
  },
};
