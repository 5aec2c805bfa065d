import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  name: "keys rotate-data",
  summary: "Makes a new data key for a clinic; what older keys sealed is sealed anew in the background",
  takes: "<slug>",
  options: {},
  async run({ positionals }) {
    const [tenant, ...more] = positionals;
    if (!tenant || more.length > 0) throw new UsageError("name one clinic");
    const made = await askEdge("/keys/rotate-data", { tenant }, z.object({ keyId: z.string() }), { once: true });
    return { ok: true, document: made };
  },
};
