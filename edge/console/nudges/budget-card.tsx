import { sql } from "drizzle-orm";
import { attempts, touches } from "../../../db/schema/engagement.ts";
import { readUse, type Use } from "../../budget.ts";
import { type Context, stamp } from "../../context.ts";
import { waitingRaise } from "../../engagement/budget-raise.ts";
import { approveBudget } from "../../engagement/change-nudge.ts";
import type { Nudge } from "../../engagement/read-nudges.ts";
import { budgetMonth } from "../../prices.ts";
import { actorWords } from "../record-words.ts";
import type { StaffRequest } from "../staff.ts";
import { monthName } from "../time.ts";
import { microsWords } from "../words.ts";

/** What a nudge cost this month: in the clinic's money, and apart from it what was charged in another. */
export type MonthCost = { month: string; use: Use; foreign: { currency: string; micros: number }[] };

/** Reads this month's messages of the nudge, whatever there was before. */
export async function readMonthCost(ctx: Context, nudgeId: string): Promise<MonthCost> {
  const month = budgetMonth(ctx, ctx.now());
  const [use, foreign] = await Promise.all([
    readUse(ctx, [nudgeId], [month]),
    ctx.db.all<MonthCost["foreign"][number]>(sql`SELECT price_currency AS currency, sum(price_micros) AS micros
      FROM ${touches} JOIN ${attempts} ON attempts.touch_id = touches.id
      WHERE nudge_id IS NOT NULL AND budget_month IS NOT NULL AND nudge_id = ${nudgeId} AND budget_month = ${month}
        AND price_currency <> ${ctx.tenant.settings.messages.currency} GROUP BY 1 ORDER BY 1`),
  ]);
  return { month, use: use(nudgeId, month), foreign };
}

type Props = { request: StaffRequest; nudge: Nudge; cost: MonthCost };

/** This month's cost against the budget, and a higher budget that waits for somebody's yes. */
export function BudgetCard({ request, nudge, cost: { month, use, foreign } }: Props) {
  const { currency } = request.ctx.tenant.settings.messages;
  const say = (micros: number) => microsWords(micros, currency);
  const budget = nudge.monthlyBudgetMicros;
  const isUsedUp = budget !== null && nudge.budgetTold === `${month} 100`;
  return (
    <section class="card" aria-labelledby="cost">
      <h2 id="cost">Cost in {monthName(month)}</h2>
      {isUsedUp ? (
        <p class="note warn">The budget is used up: what it has no room for is neither planned nor sent.</p>
      ) : null}
      {budget === null ? null : (
        <Bar use={use} budget={budget} words={`${say(use.spentMicros)} of ${say(budget)} spent`} />
      )}
      <dl class="facts">
        <dt>Spent</dt>
        <dd>
          {say(use.spentMicros)}
          {use.spentMicros > 0 ? <span class="sub">{chargedWords(use, say)}</span> : null}
        </dd>
        {foreign.map(({ currency: other, micros }) => (
          <>
            <dt>Charged in {other}</dt>
            <dd>{microsWords(micros, other)}</dd>
          </>
        ))}
        <dt>Planned</dt>
        <dd>{use.plannedMicros === 0 ? say(0) : `about ${say(use.plannedMicros)}`}</dd>
        <dt>Budget</dt>
        <dd>{budget === null ? "no limit" : say(budget)}</dd>
      </dl>
      <Raise request={request} nudge={nudge} />
    </section>
  );
}

function chargedWords({ spentMicros, chargedMicros }: Use, say: (micros: number) => string): string {
  if (chargedMicros === 0) return "estimated; carriers say later what they charged";
  return chargedMicros >= spentMicros
    ? "as the carriers charged it"
    : `${say(chargedMicros)} as charged, the rest estimated`;
}

/** Spent (full) and planned (light) of the budget. The numbers stand below it. */
function Bar({ use: { spentMicros, plannedMicros }, budget, words }: { use: Use; budget: number; words: string }) {
  const share = (micros: number) => (budget === 0 ? 0 : Math.min(100, (micros / budget) * 100));
  return (
    <svg class="meter" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label={words}>
      <rect class="rest" width="100" height="4" rx="1" />
      <rect class="asked" width={share(spentMicros + plannedMicros)} height="4" rx="1" />
      <rect class="answered" width={share(spentMicros)} height="4" rx="1" />
    </svg>
  );
}

/** Of the meter, and the air around sums. */
export const METER_STYLE =
  ".facts+*,.bars+.facts,.card form+.more{margin-top:1rem}.meter{display:block;width:100%;height:.75rem;margin:0 0 .75rem}.rest{fill:var(--hair)}";

function Raise({ request, nudge }: Pick<Props, "request" | "nudge">) {
  const raise = waitingRaise(nudge);
  if (!raise) return null;
  const { ctx, base } = request;
  const wanted = raise.micros === null ? "no limit" : microsWords(raise.micros, ctx.tenant.settings.messages.currency);
  const isOwn = raise.by === stamp(ctx).actor;
  return (
    <>
      <p>
        {isOwn ? "You" : actorWords(raise.by)} asked for <strong>{wanted}</strong> a month.
        {isOwn ? " Somebody else has to approve it: any other clinic lead or admin." : ""}
      </p>
      {isOwn ? null : (
        <form method="post" action={`${base}/nudges/${nudge.code}/budget`}>
          <button type="submit">Approve {wanted} a month</button>
        </form>
      )}
    </>
  );
}

/** `POST /nudges/:code/budget`: a second person's yes to the higher budget that waits. */
export async function approveRaise({ c, ctx, base }: StaffRequest): Promise<Response> {
  const code = c.req.param("code") ?? "";
  await approveBudget(ctx, code);
  return c.redirect(`${base}/nudges/${code}?done=nudge-budget-approved`, 303);
}
