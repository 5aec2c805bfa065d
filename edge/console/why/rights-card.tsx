import type { Context } from "../../context.ts";

/**
 * For admins: how this person gets all that is held on them, or is forgotten. The operator's commands do it, because a
 * document of everything, and a deletion for good, are no matter of a click.
 */
export function RightsCard({ ctx, patientId }: { ctx: Context; patientId: string }) {
  const command = (verb: string, more = "") =>
    `hearback person ${verb} ${ctx.tenant.slug} --patient ${patientId}${more}`;
  return (
    <section class="card" aria-labelledby="rights">
      <h2 id="rights">If they ask for their data</h2>
      <p class="fine">
        Whoever runs this desk has a command for each; both are in the audit. Make sure first that it is this person who
        asks.
      </p>
      <p>
        All that is held on them, as one document:
        <code class="id sub">{command("export")}</code>
      </p>
      <p>
        To be forgotten. This says first what would go; an opt-out stays, so that nobody texts the number again:
        <code class="id sub">{command("erase", " --dry-run")}</code>
      </p>
    </section>
  );
}
