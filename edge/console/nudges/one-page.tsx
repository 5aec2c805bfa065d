import { asc, sql } from "drizzle-orm";
import { raw } from "hono/html";
import { inList } from "../../../db/bulk.ts";
import { messageTemplates } from "../../../db/schema/engagement.ts";
import type { Context } from "../../context.ts";
import type { Step } from "../../engagement/read-nudges.ts";
import { HearbackError } from "../../errors.ts";
import { staffPage } from "../layout/page.tsx";
import { Chip } from "../parts/chip.tsx";
import { Done } from "../parts/done.tsx";
import { PLOT_STYLE } from "../parts/plot.tsx";
import { actorWords } from "../record-words.ts";
import type { StaffRequest } from "../staff.ts";
import { whenAt } from "../time.ts";
import { counted, many } from "../words.ts";
import { Actions } from "./actions.tsx";
import { BudgetCard, METER_STYLE, readMonthCost } from "./budget-card.tsx";
import { EffectCard } from "./effect-card.tsx";
import { type ListedNudge, listNudges } from "./list-nudges.ts";
import { audienceWords, CATEGORY_WORDS, LATE_WORDS, nudgeState, stepWords } from "./nudge-words.ts";
import { FATE_LABELS } from "./page.tsx";
import { readEffect } from "./read-effect.ts";
import { Wording } from "./wording.tsx";

/** `GET /nudges/:code`: one nudge whole, what became of it, and what can be done with it. Throws NOT_FOUND. */
export async function showNudge(request: StaffRequest): Promise<Response> {
  const { c, ctx, base, nonce } = request;
  const { nudge, steps, numbers } = await getNudge(ctx, c.req.param("code") ?? "");
  const [bodies, effect, cost] = await Promise.all([
    readBodies(ctx, steps),
    readEffect(ctx, nudge),
    readMonthCost(ctx, nudge.id),
  ]);
  const { timeZone } = ctx.tenant.settings.office;
  const own = `${base}/nudges/${nudge.code}`;
  return staffPage(request, {
    title: nudge.name,
    lede: `${audienceWords(nudge).title}, ${CATEGORY_WORDS[nudge.category]}.`,
    actions: (
      <div class="row">
        <a class="button plain" href={`${own}/preview`}>
          Preview
        </a>
        <a class="button plain" href={`${own}/edit`}>
          Change
        </a>
      </div>
    ),
    children: (
      <>
        <style nonce={nonce}>{raw(PLOT_STYLE + METER_STYLE)}</style>
        <Done request={request} />
        <p class="soft">In the last 30 days:</p>
        <dl class="tiles">
          {(["planned", "sent", "delivered", "failed", "skipped"] as const).map((fate) => (
            <div>
              <dt>{FATE_LABELS[fate]}</dt>
              <dd>{counted(numbers[fate])}</dd>
            </div>
          ))}
        </dl>
        <div class="why">
          <div>
            <section class="card" aria-labelledby="says">
              <h2 id="says">What it says, and when</h2>
              {steps.map((step) => (
                <StepCard step={step} steps={steps} body={bodies.get(bodyKey(step)) ?? null} />
              ))}
            </section>
            <EffectCard effect={effect} nudge={nudge} />
            <p>
              <a class="button plain" href={`${own}/messages`}>
                Every message of it
              </a>
            </p>
          </div>
          <aside>
            <section class="card" aria-labelledby="state">
              <h2 id="state">
                <span class="vh">State: </span>
                <Chip {...nudgeState(nudge, ctx.now(), timeZone)} />
              </h2>
              <Actions request={request} nudge={nudge} />
            </section>
            <BudgetCard request={request} nudge={nudge} cost={cost} />
            <section class="card" aria-labelledby="whom">
              <h2 id="whom">For whom</h2>
              <Whom nudge={nudge} />
              <p class="fine">
                Written by {actorWords(nudge.createdBy)}
                {nudge.approvedBy ? `, approved by ${actorWords(nudge.approvedBy)}` : ""}; last changed{" "}
                {whenAt(nudge.updatedAt, ctx.now(), timeZone)}.
              </p>
            </section>
          </aside>
        </div>
      </>
    ),
  });
}

/** One nudge with its steps and numbers. Throws NOT_FOUND. */
export async function getNudge(ctx: Context, code: string): Promise<ListedNudge> {
  const [found] = await listNudges(ctx, code);
  if (!found) throw new HearbackError("NOT_FOUND", "There is no such nudge.");
  return found;
}

function Whom({ nudge }: Pick<ListedNudge, "nudge">) {
  const { title, details } = audienceWords(nudge);
  const limits = [
    `at most ${many(nudge.maxAudience, "message")} a run`,
    nudge.holdoutPercent > 0 ? `${nudge.holdoutPercent}% left out by lot, to see the effect` : null,
    nudge.activeFromOn ? `from ${nudge.activeFromOn}` : null,
    nudge.activeToOn ? `until ${nudge.activeToOn}` : null,
  ];
  return (
    <>
      <p>
        <strong>{title}</strong>
      </p>
      <ul class="plainlist">
        {[...details, ...limits].filter(Boolean).map((line) => (
          <li>{line}</li>
        ))}
      </ul>
    </>
  );
}

function StepCard({ step, steps, body }: { step: Step; steps: Step[]; body: string | null }) {
  const standsInFor = steps.find(({ fallbackStepId }) => fallbackStepId === step.id);
  return (
    <section class="touch">
      <h3>
        {step.seq}. {stepWords(step)}
      </h3>
      {standsInFor ? <p class="soft">Only where step {standsInFor.seq} cannot reach the person.</p> : null}
      <blockquote class="said">{body ? <Wording body={body} /> : "This wording is not there any more."}</blockquote>
      <p class="fine">
        Wording {step.templateKey}, version {step.templateVersion}. Who is known of too late{" "}
        {LATE_WORDS[step.latePolicy]}. Worth saying for {many(Math.round(step.expiresAfterMinutes / 6) / 10, "hour")}.
      </p>
    </section>
  );
}

const bodyKey = ({ templateKey, templateVersion }: Pick<Step, "templateKey" | "templateVersion">) =>
  `${templateKey}:${templateVersion}`;

/** The wordings of these steps, in English where there is one. */
async function readBodies(ctx: Context, steps: Step[]): Promise<Map<string, string>> {
  const rows = await ctx.db
    .select()
    .from(messageTemplates)
    .where(sql`key ${inList(steps.map(({ templateKey }) => templateKey))}`)
    .orderBy(sql`locale = 'en'`, asc(messageTemplates.locale));
  return new Map(rows.map((row) => [`${row.key}:${row.version}`, row.body]));
}
