import { addDays, dayName } from "../time.ts";

/** One day back, one day on, or any day; the filter stays. */
export function DayPicker({ base, on, today, show }: { base: string; on: string; today: string; show: string }) {
  const link = (day: string) => `${base}/today?on=${day}&show=${show}`;
  const [before, after] = [addDays(on, -1), addDays(on, 1)];
  return (
    <form class="row" action={`${base}/today`} method="get">
      <a class="button plain" href={link(before)} aria-label={`Back to ${dayName(before)}`}>
        ←
      </a>
      <div>
        <label class="vh" for="on">
          Day
        </label>
        <input id="on" type="date" name="on" value={on} required data-submit />
      </div>
      <input type="hidden" name="show" value={show} />
      <a class="button plain" href={link(after)} aria-label={`On to ${dayName(after)}`}>
        →
      </a>
      {on === today ? (
        <noscript>
          <button type="submit">Show</button>
        </noscript>
      ) : (
        <a class="button plain" href={`${base}/today`}>
          Today
        </a>
      )}
    </form>
  );
}
