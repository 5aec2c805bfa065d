import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

const Counts = z.record(z.string(), z.number());
const Preview = z.object({
  steps: z.array(
    z.looseObject({
      seq: z.int(),
      channel: z.string(),
      now: z.int(),
      later: z.int(),
      skipped: Counts,
      /** Of those now: whose number got enough lately. */
      capped: z.int(),
      /** Of those now: who has said no, or not said yes. */
      unwilling: Counts,
      out: Counts,
      isCutOff: z.boolean(),
    }),
  ),
});

export const verb: Verb = {
  name: "nudge preview",
  summary: "Counts whom a nudge would write to at this moment, and whom not and why; sends nothing",
  takes: "<slug> <nudge>",
  options: {},
  async run({ positionals }) {
    const [tenant, code, ...more] = positionals;
    if (!tenant || !code || more.length > 0) throw new UsageError("name one clinic and one nudge");
    const preview = await askEdge("/nudges/preview", { tenant, code }, Preview);
    const lines = preview.steps.map(({ seq, channel, now, later, skipped, capped, unwilling, out, isCutOff }) =>
      [
        `step ${seq}, ${channel}: ${now} now, ${later} later${isCutOff ? " (not all were looked at)" : ""}`,
        ...tell("not sent", skipped),
        ...tell("would not be sent", unwilling),
        ...(capped > 0 ? tell("would wait", { cap_reached: capped }) : []),
        ...tell("left out", out),
      ].join("\n"),
    );
    return { ok: true, document: preview, text: lines.join("\n") };
  },
};

function tell(fate: string, counts: z.infer<typeof Counts>): string[] {
  return Object.entries(counts).map(([reason, count]) => `  ${fate}: ${count} ${reason}`);
}
