import { eq } from "drizzle-orm";
import { optOuts } from "../../../db/schema/engagement.ts";
import { HearbackError } from "../../errors.ts";
import { staffPage } from "../layout/page.tsx";
import { displayName, openPeople } from "../people.ts";
import { OPT_OUT_SOURCES } from "../record-words.ts";
import type { StaffRequest } from "../staff.ts";
import { whenAt } from "../time.ts";
import { readOwners } from "./list-opt-outs.ts";

/**
 * `GET /opt-outs/:id`: the words with which somebody asked to stop, for whoever has to judge whether they meant it. The
 * read is in the audit before anything is opened. Throws NOT_FOUND where nothing was written.
 */
export async function showEvidence(request: StaffRequest): Promise<Response> {
  const { c, ctx, base } = request;
  const [row] = await ctx.db
    .select()
    .from(optOuts)
    .where(eq(optOuts.id, c.req.param("id") ?? ""));
  if (!row?.evidence) throw new HearbackError("NOT_FOUND", "There is nothing written to show here.");
  const owners = await readOwners(ctx, [row]);
  const patients = owners.map(({ patientId: id, sealed }) => ({ id, sealed }));
  const { people } = await openPeople(ctx, { action: "opt_out.read", entityId: row.id }, { patients });
  const words = await ctx.keys.open({ table: "opt_outs", row: row.id }, row.evidence);
  const names = [...people.values()].map(displayName).join(", ");
  return staffPage(request, {
    title: "What they wrote",
    lede: `${names || "A number no patient has"}, ${whenAt(row.at, ctx.now(), ctx.tenant.settings.office.timeZone)}: ${
      OPT_OUT_SOURCES[row.source] ?? row.source
    }.`,
    children: (
      <>
        <p class="card">{words}</p>
        <p>
          <a class="button plain" href={`${base}/opt-outs${row.endedAt === null ? "" : "?show=ended"}`}>
            Back to the opt-outs
          </a>
        </p>
      </>
    ),
  });
}
