import { Columns } from "../parts/columns.tsx";
import { BothWidths } from "../parts/plot.tsx";
import { dayName } from "../time.ts";
import { counted } from "../words.ts";
import type { Distribution, Week } from "./read-report.ts";

const HEIGHT = 220;
const LEFT = 36;
const RIGHT = 14;
const BOTTOM = 26;
const TOP = 12;
/** What a day's name needs under the plot. */
const LABEL = 64;

/**
 * Asked (light) and answered (full) for each week. A picture for those who see it, with its numbers in a table under it
 * for everybody; drawn with attributes only, because the page allows no inline styles.
 */
export function WeeksPlot({ weeks }: { weeks: Week[] }) {
  return <BothWidths draw={(width) => <WeeksAt width={width} weeks={weeks} />} />;
}

function WeeksAt({ width, weeks }: { width: number; weeks: Week[] }) {
  const highest = Math.max(4, ...weeks.map(({ asked, answered }) => Math.max(asked, answered)));
  const most = 2 * Math.ceil(highest / 2);
  const step = (width - LEFT - RIGHT) / weeks.length;
  const bar = Math.min(26, step * 0.6);
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most);
  const every = Math.ceil(LABEL / step);
  return (
    <svg
      class="plot"
      viewBox={`0 0 ${width} ${HEIGHT}`}
      role="img"
      aria-label="Asked and answered by week; the numbers are in the table below"
    >
      {[0, 0.5, 1].map((part) => (
        <g>
          <line class="grid" x1={LEFT} x2={width} y1={y(most * part)} y2={y(most * part)} />
          <text class="tick" x={LEFT - 6} y={y(most * part) + 4} text-anchor="end">
            {counted(most * part)}
          </text>
        </g>
      ))}
      {weeks.map((week, index) => {
        const x = LEFT + index * step + (step - bar) / 2;
        return (
          <g>
            <title>{`Week of ${dayName(week.weekOn)}: ${week.answered} of ${week.asked} answered`}</title>
            <rect class="asked" x={x} width={bar} y={y(week.asked)} height={y(0) - y(week.asked)} rx="3" />
            <rect class="answered" x={x} width={bar} y={y(week.answered)} height={y(0) - y(week.answered)} rx="3" />
            {(weeks.length - 1 - index) % every === 0 ? (
              <text class="tick" x={x + bar / 2} y={HEIGHT - 8} text-anchor="middle">
                {dayName(week.weekOn).replace(/^\w+, /, "")}
              </text>
            ) : null}
          </g>
        );
      })}
    </svg>
  );
}

/** One question's answers as bars beside their words and numbers. */
export function Bars({ distribution }: { distribution: Distribution }) {
  const { values, count } = distribution;
  if (!values)
    return <p class="soft">{count === 0 ? "No answers yet." : "Fewer than 5 answers: shown when there are more."}</p>;
  const most = Math.max(...values.map((each) => each.count));
  return (
    <table class="bars">
      <caption class="vh">{distribution.ask}</caption>
      <Columns isSilent names={["Answer", "Share", "Number"]} />
      <tbody>
        {values.map((each) => (
          <tr>
            <th scope="row">{each.label}</th>
            <td>
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect class="answered" width={(each.count / most) * 100} height="10" rx="1.5" />
              </svg>
            </td>
            <td class="num">
              {counted(each.count)} <span class="soft">{Math.round((each.count / count) * 100)}%</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
