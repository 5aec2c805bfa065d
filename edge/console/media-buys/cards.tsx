import { reasonWords } from "../reason-words.ts";
import { dateName, dayAt } from "../time.ts";
import { counted, many, microsWords } from "../words.ts";
import { estimateShown } from "./buy-words.ts";
import { CostBars, IntervalPlot } from "./plots.tsx";
import type { Listed } from "./read-buys.ts";

/** What it cost, and of what. */
export function MoneyCard({ listed }: { listed: Listed }) {
  const { buy, counts, numbers } = listed;
  const say = (micros: number) => microsWords(micros, buy.currency);
  return (
    <section class="card" aria-labelledby="money">
      <h2 id="money">Money</h2>
      <CostBars listed={listed} />
      <dl class="facts">
        <dt>Quoted</dt>
        <dd>
          {say(numbers.quotedMicros)} for {many(counts.mailed, "piece")}
        </dd>
        <dt>Invoice</dt>
        <dd>{buy.invoicedMicros === null ? "none yet" : say(buy.invoicedMicros)}</dd>
        <dt>Budget</dt>
        <dd>{buy.budgetMicros === null ? "no limit of its own" : say(buy.budgetMicros)}</dd>
        {numbers.foreign.map(({ currency, micros }) => (
          <>
            <dt>Revenue in {currency}</dt>
            <dd>{microsWords(micros, currency)}, not added</dd>
          </>
        ))}
      </dl>
      {buy.invoicedMicros === null ? null : (
        <p class="fine">The invoice counts. Its share of each piece is kept, and the shares add up to it exactly.</p>
      )}
    </section>
  );
}

/** What it brought, and beyond what. */
export function EffectCard({ listed, timeZone }: { listed: Listed; timeZone: string }) {
  const { buy, counts, numbers, window } = listed;
  const extra = numbers.incrementalMicros;
  return (
    <section class="card" aria-labelledby="effect">
      <h2 id="effect">Does it pay?</h2>
      {window === null ? (
        <p class="soft">That shows when it was mailed.</p>
      ) : (
        <>
          <dl class="facts">
            <dt>Counted</dt>
            <dd>
              {dateName(dayAt(window.fromAt, timeZone))} to {dateName(dayAt(window.toAt - 1, timeZone))},{" "}
              {many(buy.attributionDays, "day")}
            </dd>
            <dt>Mailed</dt>
            <dd>{many(counts.mailed, "person")}</dd>
            <dt>Left out by lot</dt>
            <dd>{many(counts.holdout, "person")}</dd>
            <dt>Incremental revenue</dt>
            <dd>
              {extra === null
                ? "not enough data"
                : `${microsWords(extra.value, buy.currency)} (${microsWords(extra.low, buy.currency)} to ${microsWords(extra.high, buy.currency)})`}
            </dd>
            <dt>Incremental ROI</dt>
            <dd>{estimateShown(numbers.incrementalRoi)}</dd>
          </dl>
          <IntervalPlot listed={listed} />
        </>
      )}
      <p class="fine">
        Responses are those mailed who booked a visit in that time. Revenue is what they bought, returns taken off;
        where two pieces reached somebody, the later one has it. Incremental means: beyond what those left out bought a
        head, and needs thirty of them.
      </p>
    </section>
  );
}

/** When it went its way. */
export function Dates({ listed: { buy } }: { listed: Listed }) {
  const rows = [
    ["Mailed", buy.mailOn],
    ["In homes from", buy.inHomeFromOn],
    ["until", buy.inHomeToOn],
  ] as const;
  const known = rows.flatMap(([words, day]) => (day ? [[words, dateName(day)] as const] : []));
  const all = [...known, ...(buy.vendorJobRef ? [["Vendor's reference", buy.vendorJobRef] as const] : [])];
  if (all.length === 0) return null;
  return (
    <dl class="facts">
      {all.map(([words, value]) => (
        <>
          <dt>{words}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

/** Who gets it, and who does not and why. */
export function PeopleCard({ listed: { counts } }: { listed: Listed }) {
  const reasons = Object.entries(counts.reasons).sort(([, one], [, other]) => other - one);
  return (
    <section class="card" aria-labelledby="people">
      <h2 id="people">Whom it is for</h2>
      <ul class="plainlist">
        <li>{many(counts.planned, "person")} in all</li>
        <li>{counted(counts.mailed)} get it</li>
        <li>{counted(counts.holdout)} left out by lot</li>
        <li>{counted(counts.suppressed)} cannot get it</li>
      </ul>
      {reasons.length > 0 ? (
        <ul class="plainlist fine">
          {reasons.map(([reason, count]) => (
            <li>
              {counted(count)}: {reasonWords(reason).short}
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
