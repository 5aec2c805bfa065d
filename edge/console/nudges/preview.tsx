import { readUse } from "../../budget.ts";
import type { Context } from "../../context.ts";
import { findNudge } from "../../engagement/change-nudge.ts";
import { roomOf } from "../../engagement/fit-budget.ts";
import { previewNudge, type StepPreview } from "../../engagement/preview-nudge.ts";
import { budgetMonth, priceNow } from "../../prices.ts";
import { staffPage } from "../layout/page.tsx";
import { reasonWords } from "../reason-words.ts";
import type { StaffRequest } from "../staff.ts";
import { whenAt } from "../time.ts";
import { many, microsWords } from "../words.ts";
import { type FilledSample, fillSamples } from "./fill-samples.ts";
import { CHANNEL_WORDS } from "./nudge-words.ts";

/** `GET /nudges/:code/preview`: whom a run would write to at this moment, with what, and for how much. Changes nothing. */
export async function showPreview(request: StaffRequest): Promise<Response> {
  const { c, ctx, base } = request;
  const nudge = await findNudge(ctx, c.req.param("code") ?? "");
  const { steps } = await previewNudge(ctx, nudge);
  const filled = await fillSamples(ctx, nudge, steps);
  const { currency } = ctx.tenant.settings.messages;
  const price = steps.reduce((sum, step) => sum + step.now * priceOfOne(ctx, step, filled.get(step.seq)), 0);
  const month = budgetMonth(ctx, ctx.now());
  const room = roomOf(nudge.monthlyBudgetMicros, (await readUse(ctx, [nudge.id], [month]))(nudge.id, month));
  const total = steps.reduce((sum, { now }) => sum + now, 0);
  const leaving = steps.reduce((sum, step) => sum + willLeave(step), 0);
  const priceLeaving = steps.reduce(
    (sum, step) => sum + willLeave(step) * priceOfOne(ctx, step, filled.get(step.seq)),
    0,
  );
  return staffPage(request, {
    title: `Preview: ${nudge.name}`,
    lede: "What a run would do at this moment, by the very rules that plan. Looking changes nothing.",
    actions: (
      <a class="button plain" href={`${base}/nudges/${nudge.code}`}>
        Back to the nudge
      </a>
    ),
    children: (
      <>
        <dl class="tiles">
          <div>
            <dt>Written to now</dt>
            <dd>{leaving}</dd>
          </div>
          <div>
            <dt>Later</dt>
            <dd>{steps.reduce((sum, { later }) => sum + later, 0)}</dd>
          </div>
          <div>
            <dt>Price of all now</dt>
            <dd>{priceLeaving === 0 ? microsWords(0, currency) : `about ${microsWords(priceLeaving, currency)}`}</dd>
          </div>
        </dl>
        {nudge.monthlyBudgetMicros !== null && price > room ? (
          <p class="note warn">
            This month's budget has room for {microsWords(Math.max(0, room), currency)} more: those that leave first
            would be planned, and you told.
          </p>
        ) : null}
        {total > nudge.maxAudience ? (
          <p class="note bad">
            The nudge allows at most {nudge.maxAudience} a run: it would stop and tell you instead of writing.
          </p>
        ) : null}
        {steps.map((step) => (
          <Step ctx={ctx} step={step} filled={filled.get(step.seq)} />
        ))}
        {steps.length === 0 ? <p class="empty">It has no step yet.</p> : null}
      </>
    ),
  });
}

/** Who is written to now, without those who said no, or not the yes that an offer needs. */
function willLeave({ now, unwilling }: StepPreview): number {
  return Object.values(unwilling).reduce((left, count) => left - count, now);
}

type Filled = { samples: FilledSample[]; segments: number } | undefined;

function Step({ ctx, step, filled }: { ctx: Context; step: StepPreview; filled: Filled }) {
  const { currency } = ctx.tenant.settings.messages;
  const segments = filled?.segments ?? 0;
  const leaving = willLeave(step);
  const price = priceOfOne(ctx, step, filled);
  const each =
    segments > 0
      ? `${many(segments, "segment")} each at ${microsWords(price / segments, currency)}`
      : `${microsWords(price, currency)} each`;
  return (
    <section class="card" aria-labelledby={`step-${step.seq}`}>
      <h2 id={`step-${step.seq}`}>
        Step {step.seq}: {CHANNEL_WORDS[step.channel]}
      </h2>
      <dl class="facts">
        <dt>Written to now</dt>
        <dd>
          {leaving}
          {leaving > 0 && price > 0 ? `, ${each}: about ${microsWords(leaving * price, currency)}` : ""}
        </dd>
        {Object.keys(step.unwilling).length > 0 ? (
          <>
            <dt>Meant, but not sent</dt>
            <dd>
              <Reasons counts={step.unwilling} />
            </dd>
          </>
        ) : null}
        {step.capped > 0 ? (
          <>
            <dt>Of these, would wait</dt>
            <dd>
              {step.capped}: {reasonWords("cap_reached").short}
            </dd>
          </>
        ) : null}
        <dt>Later</dt>
        <dd>{step.later}</dd>
        <dt>Not sent, recorded</dt>
        <dd>
          <Reasons counts={step.skipped} />
        </dd>
        <dt>Left out</dt>
        <dd>
          <Reasons counts={step.out} />
        </dd>
      </dl>
      {step.isCutOff ? <p class="note warn">More than 20,000 were found; only these were looked at.</p> : null}
      {filled && filled.samples.length > 0 ? (
        <details class="more" open={step.seq === 1}>
          <summary>
            {filled.samples.length === 1 ? "The one" : `${filled.samples.length} of them`}, with names hidden
          </summary>
          <ul class="samples">
            {filled.samples.map((sample) => (
              <Sample ctx={ctx} sample={sample} />
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}

/** Micros: a text as its longest sample is long, where there is one. */
function priceOfOne(ctx: Context, { channel, eachMicros }: StepPreview, filled: Filled): number {
  const segments = channel === "sms" ? (filled?.segments ?? 0) : 0;
  return segments > 0 ? segments * priceNow(ctx, { channel }) : eachMicros;
}

function Reasons({ counts }: { counts: Record<string, number> }) {
  const rows = Object.entries(counts).sort(([, one], [, other]) => other - one);
  if (rows.length === 0) return <>nobody</>;
  return (
    <ul class="plainlist">
      {rows.map(([reason, count]) => (
        <li>
          {count}: {reasonWords(reason).short}
        </li>
      ))}
    </ul>
  );
}

function Sample({ ctx, sample }: { ctx: Context; sample: FilledSample }) {
  const at = (instant: number) => whenAt(instant, ctx.now(), sample.timeZone);
  return (
    <li>
      <span class="strong">{sample.initials}</span>
      <span class="soft">
        {sample.startsAt === null ? "" : ` · visit ${at(sample.startsAt)}`} ·{" "}
        {sample.skip ? `not sent: ${reasonWords(sample.skip).short}` : `leaves ${at(sample.dueAt)}`}
      </span>
      <blockquote class="said">{sample.text ?? `Not sent: ${reasonWords("missing_field").long}`}</blockquote>
    </li>
  );
}
