import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { readJsonFile } from "../read-json-file.ts";
import { UsageError, type Verb } from "../verb.ts";

const Saved = z.object({
  key: z.string(),
  version: z.number(),
  isNew: z.boolean(),
  previews: z.record(
    z.string(),
    z.object({
      subject: z.string().nullable(),
      body: z.string(),
      html: z.string().nullable(),
      sms: z
        .object({
          segments: z.number(),
          encoding: z.string(),
          culprits: z.array(z.string()),
          price: z.number(),
          currency: z.string(),
        })
        .nullable(),
    }),
  ),
});

export const verb: Verb = {
  name: "template save",
  summary: "Saves a message's wording as a new version, and shows what an invented patient would get and what it costs",
  takes: "<slug> <wording.json>",
  options: { preview: { type: "boolean", about: "show it and save nothing" } },
  async run({ values: { preview }, positionals }) {
    const [tenant, path, ...more] = positionals;
    if (!tenant || !path || more.length > 0) {
      throw new UsageError("name one clinic, and one file with key, channel, category and wordings by language");
    }
    const wording = await readJsonFile(path);
    const saved = await askEdge("/templates/save", { ...wording, tenant, isPreview: preview === true }, Saved);
    return { ok: true, document: saved, text: describe(saved, preview === true) };
  },
};

function describe({ key, version, isNew, previews }: z.infer<typeof Saved>, isPreview: boolean): string {
  const state = isNew ? (isPreview ? "would be saved" : "saved") : "is so already";
  const texts = Object.entries(previews).map(([locale, { subject, body, sms }]) => {
    const costs = sms && `${sms.segments} segment(s), ${sms.encoding}, ${sms.price.toFixed(4)} ${sms.currency}`;
    const why = sms && sms.culprits.length > 0 ? `dearer because of: ${sms.culprits.join(" ")}` : null;
    return [`[${locale}] ${costs ?? ""}`.trim(), subject, body, why].filter(Boolean).join("\n");
  });
  return [`${key} version ${version} ${state}`, ...texts].join("\n\n");
}
