import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { readJsonFile } from "../read-json-file.ts";
import { UsageError, type Verb } from "../verb.ts";

const Changed = z.object({
  settings: z.record(z.string(), z.unknown()),
  kit: z.object({ templates: z.int(), nudges: z.record(z.string(), z.string()) }),
});

export const verb: Verb = {
  name: "tenant set",
  summary:
    "Changes some of a clinic's settings, wordings or nudges, and looks again at its recent visits by the new ones",
  takes: "<slug> <changes.json>",
  options: {
    status: { type: "string", placeholder: "active|suspended", about: "a suspended clinic's texts wait" },
    name: { type: "string", placeholder: "NAME", about: "what the clinic is called on its pages" },
  },
  async run({ values: { status, name }, positionals }) {
    const [tenant, path, ...more] = positionals;
    if (!tenant || more.length > 0) throw new UsageError("name one clinic, and one file with what changes");
    if (!path && status === undefined && name === undefined) throw new UsageError("say what is to change");
    // Parts of the settings, or a kit with `settings`, `templates` and `nudges`, whose other parts stay.
    const file = path ? await readJsonFile(path) : {};
    const isKit = ["settings", "templates", "nudges"].some((part) => part in file);
    const { settings = {}, templates, nudges } = isKit ? file : { settings: file };
    const changes = { tenant, settings, templates, nudges, status, name };
    return { ok: true, document: await askEdge("/tenants/set", changes, Changed) };
  },
};
