import { isNull } from "drizzle-orm";
import { pauses } from "../../../db/schema/engagement.ts";
import type { Context } from "../../context.ts";
import { readWaiting, type Waiting } from "../../delivery/read-waiting.ts";
import { staffPage } from "../layout/page.tsx";
import { Columns } from "../parts/columns.tsx";
import { Done } from "../parts/done.tsx";
import { actorWords } from "../record-words.ts";
import { LEADS } from "../roles.ts";
import type { StaffRequest } from "../staff.ts";
import { whenAt } from "../time.ts";
import { KINDS, kindWords, money, pauseReasonWords, pauseWords } from "../words.ts";

type Pause = typeof pauses.$inferSelect;

/** `GET /pause`: what waits to be sent with its price, what is held, and the brake itself. */
export async function showPause(request: StaffRequest): Promise<Response> {
  const { ctx, base, role } = request;
  const [waiting, live] = await Promise.all([
    readWaiting(ctx),
    ctx.db.select().from(pauses).where(isNull(pauses.liftedAt)).orderBy(pauses.createdAt),
  ]);
  const mayPause = LEADS.includes(role);
  return staffPage(request, {
    title: "Pause",
    lede: "Stop everything, or one kind of message, and decide later what becomes of what waited.",
    children: (
      <>
        <Done request={request} />
        {live.map((pause) => (
          <LivePause ctx={ctx} pause={pause} waiting={waiting} base={base} mayLift={mayPause} />
        ))}
        <Queue ctx={ctx} waiting={waiting} live={live} />
        {mayPause ? <PauseForm base={base} /> : <p class="soft">A clinic lead or an admin can pause and lift.</p>}
      </>
    ),
  });
}

function LivePause(props: { ctx: Context; pause: Pause; waiting: Waiting[]; base: string; mayLift: boolean }) {
  const { ctx, pause, waiting, base, mayLift } = props;
  const held = waiting.filter(({ kind }) => pause.kind === null || pause.kind === kind);
  const count = held.reduce((sum, { dueNow }) => sum + dueNow, 0);
  const price = held.reduce((sum, { priceNow }) => sum + priceNow, 0);
  const { office, messages } = ctx.tenant.settings;
  return (
    <section class="card held" aria-labelledby={pause.id}>
      <h2 id={pause.id}>{pauseWords(pause.kind)}: paused</h2>
      <p>
        {pauseReasonWords(pause.reason)}
        <span class="sub">
          since {whenAt(pause.createdAt, ctx.now(), office.timeZone)}, by {actorWords(pause.by)}
        </span>
      </p>
      <p>
        <strong>{messagesWords(count)}</strong> {count === 1 ? "waits" : "wait"} for it
        {count > 0 ? `, at most ${money(price, messages.currency)} to send` : ""}.
      </p>
      {mayLift ? <LiftForm pause={pause} base={base} count={count} /> : null}
    </section>
  );
}

function LiftForm({ pause, base, count }: { pause: Pause; base: string; count: number }) {
  return (
    <form class="form" method="post" action={`${base}/pause/${pause.id}/lift`}>
      <fieldset>
        <legend>When it is lifted, {count === 0 ? "what waits by then" : "what waits"}</legend>
        <label class="choice">
          <input type="radio" name="fate" value="resume" checked /> is sent, unless it has become too old or untrue
        </label>
        <label class="choice">
          <input type="radio" name="fate" value="drop" /> is dropped, never sent
        </label>
        <label class="choice">
          <input type="radio" name="fate" value="retime" /> is put off to the time below
        </label>
      </fieldset>
      <label>
        Time <span class="hint">At the office; only for putting off</span>
        <input type="datetime-local" name="at" />
      </label>
      <div>
        <button type="submit">Lift the pause</button>
      </div>
    </form>
  );
}

function Queue({ ctx, waiting, live }: { ctx: Context; waiting: Waiting[]; live: Pause[] }) {
  const { currency } = ctx.tenant.settings.messages;
  if (waiting.length === 0) return <p class="empty">No message waits to be sent.</p>;
  return (
    <table class="table stack queue">
      <caption>What waits to be sent</caption>
      <Columns names={["Kind", { number: "Due now" }, { number: "At most" }, { number: "Due later" }, "Next"]} />
      <tbody>
        {waiting.map((row) => (
          <tr>
            <td class="strong">
              {kindWords(row.kind).name}
              {live.some(({ kind }) => kind === null || kind === row.kind) ? <span class="sub">held</span> : null}
            </td>
            <td class="num" data-label="Due now">
              {row.dueNow}
            </td>
            <td class="num" data-label="At most">
              {money(row.priceNow, currency)}
            </td>
            <td class="num" data-label="Due later">
              {row.later}
            </td>
            <td data-label="Next">
              {row.nextDueAt === null ? "–" : whenAt(row.nextDueAt, ctx.now(), ctx.tenant.settings.office.timeZone)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function PauseForm({ base }: { base: string }) {
  return (
    <form class="card form" method="post" action={`${base}/pause`} autocomplete="off">
      <h2>Pause messages</h2>
      <label>
        What
        <select name="kind">
          <option value="">Everything</option>
          {KINDS.map((kind) => (
            <option value={kind}>{kindWords(kind).name}</option>
          ))}
        </select>
      </label>
      <label>
        Why <span class="hint">Everyone at the clinic sees it. No patient's name, please.</span>
        <input name="reason" required maxlength={200} data-search />
      </label>
      <div>
        <button type="submit" class="danger">
          Pause now
        </button>
      </div>
    </form>
  );
}

function messagesWords(count: number): string {
  return count === 1 ? "1 message" : `${count === 0 ? "No" : count} messages`;
}
