import { desc, eq } from "drizzle-orm";
import * as z from "zod";
import { touches } from "../../../db/schema/engagement.ts";
import { appointments, patients } from "../../../db/schema/people.ts";
import { decideParked } from "../../delivery/decide-parked.ts";
import { wake } from "../../wake.ts";
import { readForm } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { Done } from "../parts/done.tsx";
import { displayName, openPeople } from "../people.ts";
import { reasonWords } from "../reason-words.ts";
import type { StaffRequest } from "../staff.ts";
import { clockOf, dayFrom, whenAt } from "../time.ts";
import { kindWords } from "../words.ts";

const MOST = 100;

/** `GET /parked`: messages that no rule can decide about; a person does. */
export async function showParked(request: StaffRequest): Promise<Response> {
  const { ctx, base } = request;
  const rows = await ctx.db
    .select({ touch: touches, visit: appointments, patient: { id: patients.id, sealed: patients.sealed } })
    .from(touches)
    .innerJoin(patients, eq(patients.id, touches.patientId))
    .leftJoin(appointments, eq(appointments.id, touches.appointmentId))
    .where(eq(touches.status, "parked"))
    .orderBy(desc(touches.updatedAt))
    .limit(MOST);
  const read = { action: "parked.read", entityId: "parked" } as const;
  const { people } = await openPeople(ctx, read, { patients: rows.map(({ patient }) => patient) });
  const { timeZone } = ctx.tenant.settings.office;
  return staffPage(request, {
    title: "To decide",
    lede: "Messages set aside because only a person can say whether they should still go out.",
    children: (
      <>
        <Done request={request} />
        {rows.length === 0 ? <p class="empty">Nothing waits for a decision.</p> : null}
        {rows.map(({ touch, visit, patient }) => {
          const person = people.get(patient.id);
          const isTooLate = ctx.now() >= touch.notAfterAt;
          return (
            <article class="card">
              <h2>
                <a href={`${base}/why/${patient.id}`}>
                  {person ? displayName(person) : "Somebody whose record does not open"}
                </a>
              </h2>
              <p class="soft">
                {kindWords(touch.kind).name}
                {visit
                  ? ` about the visit on ${dayFrom(ctx.now(), visit.localOn, timeZone)}, ${clockOf(visit.localStartsAt)}`
                  : null}
              </p>
              <p>
                {reasonWords(touch.reason).long}{" "}
                {touch.reason === "in_doubt" || touch.reason === "not_comparable"
                  ? "It may have arrived: sending it again may text the patient twice."
                  : null}
              </p>
              <p class="fine">
                {isTooLate
                  ? "Too old to send now."
                  : `Worth sending until ${whenAt(touch.notAfterAt, ctx.now(), timeZone)}.`}
              </p>
              <form class="row" method="post" action={`${base}/parked/${touch.id}`}>
                {isTooLate ? null : (
                  <button type="submit" name="decision" value="send">
                    Send again
                  </button>
                )}
                <button type="submit" class="plain" name="decision" value="drop">
                  Drop it
                </button>
              </form>
            </article>
          );
        })}
      </>
    ),
  });
}

/** `POST /parked/:touch`: send again, or drop. */
export async function decideTouch({ c, ctx, base }: StaffRequest): Promise<Response> {
  const { decision } = await readForm(c, z.object({ decision: z.enum(["send", "drop"]) }));
  const isDecided = await decideParked(ctx, c.req.param("touch") ?? "", decision);
  if (isDecided && decision === "send") await wake(ctx);
  return c.redirect(`${base}/parked?done=${isDecided ? `parked-${decision}` : "gone"}`, 303);
}
