import * as z from "zod";
import { imports } from "../../../db/schema/imports.ts";
import { ENTITIES } from "../../contract/imports.ts";
import { decideImport } from "../../sources/imports/decide-import.ts";
import type { ImportCounts, ImportRow } from "../../sources/imports/import-row.ts";
import { wake } from "../../wake.ts";
import { readForm } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { Chip } from "../parts/chip.tsx";
import { Columns } from "../parts/columns.tsx";
import { Done } from "../parts/done.tsx";
import { openPeople } from "../people.ts";
import { actorWords, sourceName } from "../record-words.ts";
import { refuseMissing } from "../refuse-missing.ts";
import type { StaffRequest } from "../staff.ts";
import { clockOf, dayFrom, whenAt } from "../time.ts";
import { changeWords, entityWords, importState, rejectWords } from "./import-words.ts";
import { Quality } from "./quality.tsx";
import { type ImportsStanding, readImports } from "./read-imports.ts";

/** `GET /imports`: what came from the clinic's other systems, what it changed, and what needs a person. */
export async function showImports(request: StaffRequest): Promise<Response> {
  const { ctx } = request;
  const standing = await readImports(ctx);
  const patients = standing.bad.map(({ patientId, sealed }) => ({ id: patientId, sealed }));
  const opened =
    patients.length > 0 && (await openPeople(ctx, { action: "imports.read", entityId: "imports" }, { patients }));
  return staffPage(request, {
    title: "Imports",
    lede: "What came from the clinic's other systems, what it changed, and what needs a person.",
    children: (
      <>
        <Done request={request} />
        <Held request={request} held={standing.held} />
        <h2>Readings</h2>
        <Readings request={request} standing={standing} />
        <h2>Data to look at</h2>
        <Quality request={request} standing={standing} people={opened ? opened.people : new Map()} />
      </>
    ),
  });
}

function Held({ request, held }: { request: StaffRequest; held: ImportsStanding["held"] }) {
  const { ctx, base } = request;
  return held.map(({ row, sample }) => {
    const { going = 0, future = 0 } =
      (JSON.parse(row.counts) as { held?: { going: number; future: number } }).held ?? {};
    return (
      <section class="card held" aria-labelledby={row.id}>
        <h2 id={row.id}>
          {sourceName(row.source)}: would remove {going} of {future} visits to come
        </h2>
        <p>
          Read {whenAt(row.snapshotAt, ctx.now(), ctx.tenant.settings.office.timeZone)}. What is new or changed counts
          already; nothing was removed. Compare with the source before you decide.
        </p>
        <details class="more">
          <summary>Some of them</summary>
          <ul>
            {sample.map(({ localStartsAt, serviceType, office }) => (
              <li>
                {dayFrom(ctx.now(), localStartsAt.slice(0, 10), ctx.tenant.settings.office.timeZone)},{" "}
                {clockOf(localStartsAt)}: {serviceType}, {office}
              </li>
            ))}
          </ul>
        </details>
        <form class="row" method="post" action={`${base}/imports/${row.id}`}>
          <button type="submit" class="danger small" name="decision" value="approve">
            It is right: remove them
          </button>
          <button type="submit" class="plain small" name="decision" value="drop">
            It is wrong: keep them
          </button>
        </form>
      </section>
    );
  });
}

function Readings({ request, standing }: { request: StaffRequest; standing: ImportsStanding }) {
  const { ctx } = request;
  if (standing.imports.length === 0) return <p class="empty">Nothing has been imported yet.</p>;
  return (
    <table class="table stack queue">
      <Columns names={["Read", "From", "State", "What it changed"]} />
      <tbody>
        {standing.imports.map((row) => (
          <tr>
            <td class="when">{whenAt(row.snapshotAt, ctx.now(), ctx.tenant.settings.office.timeZone)}</td>
            <td class="strong">{sourceName(row.source)}</td>
            <td>
              <Chip {...importState(row)} />
              {row.decidedBy ? <span class="sub">decided by {actorWords(row.decidedBy)}</span> : null}
            </td>
            <td>
              <Changes row={row} rejected={standing.rejected.filter(({ importId }) => importId === row.id)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Changes({ row, rejected }: { row: ImportRow; rejected: ImportsStanding["rejected"] }) {
  const counts = JSON.parse(row.counts) as ImportCounts;
  return (
    <>
      {ENTITIES.filter((entity) => counts[entity].received > 0).map((entity) => (
        <div>
          {entityWords(entity)}: {changeWords(counts[entity])}
        </div>
      ))}
      {rejected.map(({ entity, reason, count }) => (
        <span class="sub">
          {entityWords(entity)}, {count} not taken: {rejectWords(reason)}
        </span>
      ))}
    </>
  );
}

/** `POST /imports/:import`: what would go was right to go, or was not. Throws NOT_FOUND. */
export async function decideHeldImport({ c, ctx, base }: StaffRequest): Promise<Response> {
  const { decision } = await readForm(c, z.object({ decision: z.enum(["approve", "drop"]) }));
  const id = c.req.param("import") ?? "";
  const became = await decideImport(ctx, id, decision);
  if (became === null) await refuseMissing(ctx, imports, id);
  if (became === "approved") await wake(ctx);
  return c.redirect(`${base}/imports?done=${became === null ? "gone" : `import-${became}`}`, 303);
}
