import type { Estimate } from "../../engagement/media-buys/effect.ts";
import { Columns } from "../parts/columns.tsx";
import { BothWidths } from "../parts/plot.tsx";
import { microsWords } from "../words.ts";
import { estimateShown } from "./buy-words.ts";
import type { Listed } from "./read-buys.ts";

const ROW = 52;

/**
 * Cost (light) and revenue (full) of media buys, a pair of bars each. A picture for those who see it; the table under it
 * holds its numbers. Buys whose revenue may not be said are left out.
 */
export function BuysPlot({ buys }: { buys: Listed[] }) {
  const shown = buys.flatMap((listed) =>
    typeof listed.numbers.revenueMicros === "number" ? [{ ...listed, revenue: listed.numbers.revenueMicros }] : [],
  );
  if (shown.length === 0) return null;
  const most = Math.max(1, ...shown.flatMap(({ numbers, revenue }) => [numbers.totalMicros, revenue]));
  return <BothWidths draw={(width) => <PairsAt width={width} shown={shown} most={most} />} />;
}

type Pairs = { width: number; shown: (Listed & { revenue: number })[]; most: number };

function PairsAt({ width, shown, most }: Pairs) {
  const length = (micros: number) => Math.max(1, (Math.max(0, micros) / most) * width);
  return (
    <svg
      class="plot"
      viewBox={`0 0 ${width} ${shown.length * ROW}`}
      role="img"
      aria-label="Cost and revenue of each media buy; the numbers are in the table below"
    >
      {shown.map(({ buy, numbers, revenue }, index) => (
        <g>
          <title>{`${buy.name}: cost ${microsWords(numbers.totalMicros, buy.currency)}, revenue ${microsWords(revenue, buy.currency)}`}</title>
          <text class="tick" x="0" y={index * ROW + 20}>
            {buy.name}
          </text>
          <rect class="asked" x="0" y={index * ROW + 27} width={length(numbers.totalMicros)} height="8" rx="2" />
          <rect class="answered" x="0" y={index * ROW + 37} width={length(revenue)} height="8" rx="2" />
        </g>
      ))}
    </svg>
  );
}

/** What a buy's price is made of, and what was asked for it in the end, as bars beside their sums. */
export function CostBars({ listed: { buy, counts, numbers } }: { listed: Listed }) {
  const pieces = counts.fulfilled > 0 ? counts.fulfilled : counts.mailed;
  const made = buy.fixedMicros + pieces * (buy.unitMicros + buy.postageMicros);
  const all: [words: string, micros: number][] = [
    ["Set-up", buy.fixedMicros],
    [`${pieces} pieces`, pieces * buy.unitMicros],
    ["Postage", pieces * buy.postageMicros],
    buy.invoicedMicros === null ? ["Carriers", numbers.totalMicros - made] : ["Invoice", buy.invoicedMicros],
  ];
  const parts = all.filter(([, micros]) => micros > 0);
  if (parts.length === 0) return <p class="soft">No prices were agreed yet.</p>;
  const most = Math.max(1, ...parts.map(([, micros]) => micros));
  return (
    <table class="bars">
      <caption class="vh">What the cost is made of</caption>
      <Columns isSilent names={["Part", "Share", "Sum"]} />
      <tbody>
        {parts.map(([words, micros]) => (
          <tr>
            <th scope="row">{words}</th>
            <td>
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect class="answered" width={(micros / most) * 100} height="10" rx="1.5" />
              </svg>
            </td>
            <td class="num">{microsWords(micros, buy.currency)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The incremental return with its 95 % interval, against nothing gained and nothing lost. */
export function IntervalPlot({ listed: { numbers } }: { listed: Listed }) {
  const estimate = numbers.incrementalRoi;
  if (!estimate) return null;
  return <BothWidths draw={(width) => <IntervalAt width={width} estimate={estimate} />} />;
}

function IntervalAt({ width, estimate }: { width: number; estimate: Estimate }) {
  const { value, low, high } = estimate;
  const from = Math.min(low, 0);
  const span = Math.max(high, 0) - from || 1;
  const x = (at: number) => 20 + ((at - from) / span) * (width - 40);
  return (
    <svg
      class="plot"
      viewBox={`0 0 ${width} 70`}
      role="img"
      aria-label={`Incremental return with its interval: ${estimateShown(estimate)}`}
    >
      <line class="grid" x1={x(0)} x2={x(0)} y1="6" y2="46" />
      <text class="tick" x={x(0)} y="64" text-anchor="middle">
        0
      </text>
      <rect class="asked" x={x(low)} y="18" width={Math.max(2, x(high) - x(low))} height="16" rx="4" />
      <rect class="answered" x={x(value) - 3} y="12" width="6" height="28" rx="2" />
    </svg>
  );
}
