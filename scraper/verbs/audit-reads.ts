import { type AuditRead, ReadsPage } from "../../edge/contract/reads.ts";
import { askEdge } from "../operator-client.ts";
import { progress } from "../progress.ts";
import { UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  name: "audit reads",
  summary: "Lists whose records were opened since a time, by whom: what a breach report has to say",
  takes: "<slug>",
  options: {
    since: { type: "string", placeholder: "2026-11-01[T09:00Z]", about: "from then on; a day begins at midnight UTC" },
    until: { type: "string", placeholder: "…", about: "up to then (now)" },
    by: {
      type: "string",
      placeholder: "WHO",
      about: "only by this member of staff (mail), machine key (apk_…) or operator",
    },
  },
  async run({ values, positionals }) {
    const [tenant, ...more] = positionals;
    if (!tenant || more.length > 0) throw new UsageError("name one clinic");
    const query = {
      tenant,
      since: instant(values.since, "--since"),
      until: values.until === undefined ? Date.now() + 60_000 : instant(values.until, "--until"),
      ...(values.by !== undefined && { by: String(values.by) }),
    };
    const reads: AuditRead[] = [];
    for (let before: number | null = null; ; ) {
      const page: ReadsPage = await askEdge("/audit/reads", { ...query, before }, ReadsPage);
      reads.push(...page.reads);
      progress(`${reads.length} reads found`);
      if (page.next === null) break;
      before = page.next;
    }
    const document = [...Map.groupBy(reads, ({ actor }) => actor)].map(([actor, own]) => tell(actor, own));
    const lines = document.map(
      ({ actor, firstAt, lastAt, reads: count, patients, untold }) =>
        `${actor}: ${patients.length} people in ${count} reads, ${firstAt} to ${lastAt}` +
        (untold.length > 0 ? `, and ${untold.length} reads that do not say whose` : ""),
    );
    return { ok: true, document, text: lines.join("\n") || "nobody" };
  },
};

/** What one of them opened; `untold` are reads that do not say whose records they were. */
function tell(actor: string, reads: AuditRead[]) {
  const times = reads.map(({ at }) => at);
  const iso = (at: number) => new Date(at).toISOString();
  return {
    actor,
    reads: reads.length,
    firstAt: iso(Math.min(...times)),
    lastAt: iso(Math.max(...times)),
    patients: [...new Set(reads.flatMap(({ patients }) => patients ?? []))].sort(),
    untold: reads
      .filter(({ patients }) => patients === null)
      .map(({ at, action, entityId }) => ({ at: iso(at), action, entityId })),
  };
}

function instant(given: string | boolean | undefined, name: string): number {
  const at = Date.parse(String(given));
  if (typeof given !== "string" || Number.isNaN(at)) throw new UsageError(`${name} wants a day or an instant`);
  return at;
}
