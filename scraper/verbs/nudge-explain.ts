import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

const Verdicts = z.array(
  z.object({
    code: z.string(),
    name: z.string(),
    seq: z.int(),
    appointmentId: z.string().nullable(),
    outcome: z.string(),
    reason: z.string().nullable(),
    dueAt: z.int().nullable(),
  }),
);

export const verb: Verb = {
  name: "nudge explain",
  summary: "Says what each nudge at work would do now about each visit ahead of a patient, and why not",
  takes: "<slug> <patient id>",
  options: {},
  async run({ positionals }) {
    const [tenant, patientId, ...more] = positionals;
    if (!tenant || !patientId || more.length > 0) throw new UsageError("name one clinic and one patient, as pat_…");
    const verdicts = await askEdge("/nudges/explain", { tenant, patientId }, Verdicts);
    const lines = verdicts.map(({ code, seq, appointmentId, outcome, reason, dueAt }) =>
      [
        appointmentId ?? "no visit",
        `${code} step ${seq}`,
        [outcome, reason].filter(Boolean).join(": "),
        dueAt === null ? "" : new Date(dueAt).toISOString(),
      ].join("  "),
    );
    return { ok: true, document: verdicts, text: lines.join("\n") };
  },
};
