import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

const Applied = z.record(z.string(), z.array(z.string()));

export const verb: Verb = {
  name: "migrate",
  summary: "Brings the directory and every clinic's database up to date",
  takes: "",
  options: {},
  async run({ positionals }) {
    if (positionals.length > 0) throw new UsageError("migrate takes nothing");
    return { ok: true, document: await askEdge("/migrate", {}, Applied) };
  },
};
