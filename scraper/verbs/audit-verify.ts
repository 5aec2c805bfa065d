import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { progress } from "../progress.ts";
import { UsageError, type Verb } from "../verb.ts";

const Verdict = z.object({
  checked: z.int(),
  unchained: z.int(),
  next: z.int().nullable(),
  broken: z.object({ seq: z.int(), problem: z.enum(["changed", "missing"]) }).nullable(),
});

export const verb: Verb = {
  name: "audit verify",
  summary: "Checks a clinic's audit against its chain, and names the first row that was changed or taken out",
  takes: "<slug>",
  options: {},
  async run({ positionals }) {
    const [tenant, ...more] = positionals;
    if (!tenant || more.length > 0) throw new UsageError("name one clinic");
    const total = { checked: 0, unchained: 0 };
    for (let after = 0; ; ) {
      const part = await askEdge("/audit/verify", { tenant, after }, Verdict);
      total.checked += part.checked;
      total.unchained += part.unchained;
      progress(`${total.checked} rows checked`);
      if (part.broken) return { ok: false, document: { ...total, broken: part.broken } };
      if (part.next === null) return { ok: true, document: { ...total, broken: null } };
      after = part.next;
    }
  },
};
