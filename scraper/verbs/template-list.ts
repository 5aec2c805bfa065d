import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

const Listed = z.array(
  z.object({
    key: z.string(),
    version: z.number(),
    locale: z.string(),
    channel: z.string(),
    category: z.string(),
    subject: z.string().nullable(),
    body: z.string(),
  }),
);

export const verb: Verb = {
  name: "template list",
  summary: "Lists the newest wording of every message of a clinic",
  takes: "<slug>",
  options: {},
  async run({ positionals }) {
    const [tenant, ...more] = positionals;
    if (!tenant || more.length > 0) throw new UsageError("name one clinic");
    const rows = await askEdge("/templates/list", { tenant }, Listed);
    const lines = rows.map(({ key, version, locale, channel, category, body }) =>
      [key, `v${version}`, locale, channel, category, body].join("  "),
    );
    return { ok: true, document: rows, text: lines.join("\n") };
  },
};
