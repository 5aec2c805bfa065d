import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

const Report = z.object({
  from: z.iso.date(),
  visits: z.record(z.string(), z.int()),
  messages: z.array(z.object({ status: z.string(), reason: z.string().nullable(), count: z.int() })),
  answered: z.int(),
  dataReadAt: z.string().nullable(),
  openAlarms: z.array(z.object({ code: z.string(), subject: z.string() })),
});

export const verb: Verb = {
  name: "report",
  summary: "Counts what became of a clinic's visits of the last days: asked, not asked and why, answered",
  takes: "<slug>",
  options: { days: { type: "string", placeholder: "N", about: "local days, today included (7)" } },
  async run({ values, positionals }) {
    const [tenant, ...more] = positionals;
    const days = Number(values.days ?? 7);
    if (!tenant || more.length > 0) throw new UsageError("name one clinic");
    if (!Number.isInteger(days) || days < 1 || days > 400) throw new UsageError("--days wants a number from 1 to 400");
    return { ok: true, document: await askEdge("/report", { tenant, days }, Report) };
  },
};
