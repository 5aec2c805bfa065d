import * as z from "zod";
import { InboxEntry, InboxStatus } from "../../edge/contract/operator.ts";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  name: "inbox list",
  summary: "Lists what came to a clinic from outside, without its content: when, from whom, how it stands, why not",
  takes: "<slug>",
  options: {
    status: { type: "string", placeholder: "received|processed|rejected", about: "only those that stand so" },
    source: { type: "string", placeholder: "NAME", about: "only of one source, such as twilio" },
    days: { type: "string", placeholder: "N", about: "how far back (7)" },
    limit: { type: "string", placeholder: "N", about: "the newest so many (50)" },
  },
  async run({ values, positionals }) {
    const [tenant, ...more] = positionals;
    if (!tenant || more.length > 0) throw new UsageError("name one clinic");
    const { status, source } = values;
    if (status !== undefined && !InboxStatus.safeParse(status).success)
      throw new UsageError("--status is received, processed or rejected");
    const days = number(values.days, "--days", 400);
    const limit = number(values.limit, "--limit", 1_000);
    const entries = await askEdge("/inbox/list", { tenant, status, source, days, limit }, z.array(InboxEntry));
    const lines = entries.map((entry) =>
      [new Date(entry.receivedAt).toISOString(), entry.status.padEnd(9), entry.source, entry.id, entry.error ?? ""]
        .join("  ")
        .trimEnd(),
    );
    return { ok: true, document: entries, text: lines.join("\n") || "nothing" };
  },
};

function number(value: string | boolean | undefined, name: string, most: number): number | undefined {
  if (value === undefined) return undefined;
  const given = Number(value);
  if (!Number.isInteger(given) || given < 1 || given > most)
    throw new UsageError(`${name} wants a number from 1 to ${most}`);
  return given;
}
