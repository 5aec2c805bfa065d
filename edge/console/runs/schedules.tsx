import { Chip } from "../parts/chip.tsx";
import { Columns } from "../parts/columns.tsx";
import type { StaffRequest } from "../staff.ts";
import { whenAt } from "../time.ts";
import type { Planned } from "./read-runs.ts";
import { latenessWords, runState } from "./run-words.ts";
import { rhythmWords, scheduleWords } from "./schedule-words.ts";

/** What is started when: each schedule with its next slot and what became of the last one. */
export function Schedules({ request, planned }: { request: StaffRequest; planned: Planned[] }) {
  const { ctx, base } = request;
  const { timeZone } = ctx.tenant.settings.office;
  const when = (at: number) => whenAt(at, ctx.now(), timeZone);
  return (
    <table class="table stack queue">
      <Columns names={["What", "How often", "Next", "Last", "Now"]} />
      <tbody>
        {planned.map(({ schedule, last }) => (
          <tr>
            <td class="strong">{scheduleWords(schedule)}</td>
            <td>{rhythmWords(schedule)}</td>
            <td data-label="Next">
              {when(schedule.nextRunAt)}
              {schedule.waitingSlotAt === null ? null : (
                <span class="sub">waits for fresh data since {when(schedule.waitingSlotAt)}</span>
              )}
            </td>
            <td data-label="Last">
              {last ? <Chip {...runState(last)} /> : "not yet"}
              {last ? (
                <span class="sub">
                  {when(last.startedAt)}
                  {latenessWords(last) ? `, ${latenessWords(last)}` : ""}
                </span>
              ) : null}
            </td>
            <td>
              <form method="post" action={`${base}/runs/schedules/${schedule.id}`}>
                <button type="submit" class="plain small" aria-label={`Run now: ${scheduleWords(schedule)}`}>
                  Run now
                </button>
              </form>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
