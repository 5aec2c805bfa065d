import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

const Made = z.object({ key: z.object({ id: z.string(), secret: z.string() }), olderUntil: z.int() });

export const verb: Verb = {
  name: "keys rotate-machine",
  summary: "Makes and prints, this once, a new key for a clinic's container; the one before ends after the overlap",
  takes: "<slug>",
  options: {
    "overlap-hours": {
      type: "string",
      placeholder: "N",
      about: "how long the one before still works (24); 0 ends it now",
    },
  },
  async run({ values, positionals }) {
    const [tenant, ...more] = positionals;
    const overlapHours = Number(values["overlap-hours"] ?? 24);
    if (!tenant || more.length > 0) throw new UsageError("name one clinic");
    if (!Number.isInteger(overlapHours) || overlapHours < 0 || overlapHours > 720)
      throw new UsageError("--overlap-hours wants a number from 0 to 720");
    const made = await askEdge("/keys/rotate-machine", { tenant, overlapHours }, Made, { once: true });
    const until = new Date(made.olderUntil).toISOString();
    const text = `EDGE_KEY_ID=${made.key.id}\nEDGE_KEY_SECRET=${made.key.secret}\nthe one before works until ${until}`;
    return { ok: true, document: made, text };
  },
};
