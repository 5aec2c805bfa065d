import { connectEdge } from "../edge-client.ts";
import { daysOf } from "../scrape-options.ts";
import { EdgeEnv, readSettings } from "../settings.ts";
import { UsageError, type Verb } from "../verb.ts";

const day = (about: string) => ({ type: "string" as const, placeholder: "YYYY-MM-DD", about });

export const verb: Verb = {
  name: "scrape",
  summary: "Asks for a reading of the schedule; the container that stays (npm run scrape -- --loop) does it",
  takes: "",
  options: { date: day("this day only"), from: day("the first day of a backfill"), to: day("its last day") },
  async run({ values, positionals }) {
    if (positionals.length > 0) throw new UsageError("scrape takes no names; see its options");
    const named = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    const days = daysOf(Object.fromEntries(named));
    const {
      EDGE_URL: url,
      EDGE_TENANT: tenant,
      EDGE_KEY_ID: keyId,
      EDGE_KEY_SECRET: keySecret,
    } = readSettings(EdgeEnv, process.env);
    const created = await connectEdge({ url, tenant, keyId, keySecret }).createJob(days);
    return { ok: true, document: { ...created, ...(days && { days }) } };
  },
};
