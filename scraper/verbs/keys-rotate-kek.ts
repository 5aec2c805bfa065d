import * as z from "zod";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  name: "keys rotate-kek",
  summary: "Wraps all keys under the first of KEY_ENCRYPTION_KEYS; when it prints zeros, the others can go",
  takes: "",
  options: {},
  async run({ positionals }) {
    if (positionals.length > 0) throw new UsageError("keys rotate-kek takes nothing");
    const rotated = await askEdge("/keys/rotate-kek", {}, z.object({ keys: z.int(), secrets: z.int() }));
    return { ok: true, document: rotated };
  },
};
