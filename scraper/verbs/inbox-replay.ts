import { InboxReplayed } from "../../edge/contract/operator.ts";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  name: "inbox replay",
  summary: "Handles a message from outside again that waits or could not be handled; twice does no more than once",
  takes: "<slug> <id>",
  options: {},
  async run({ positionals }) {
    const [tenant, id, ...more] = positionals;
    if (!tenant || !id || more.length > 0) throw new UsageError("name one clinic and one message");
    const replayed = await askEdge("/inbox/replay", { tenant, id }, InboxReplayed);
    const { before, status, error } = replayed;
    const change = before === status ? `still ${status}` : `${before}, now ${status}`;
    return { ok: error === null, document: replayed, text: error === null ? change : `${change}: ${error}` };
  },
};
