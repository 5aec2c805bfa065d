import { raw } from "hono/html";
import { findMailingFile } from "../../exports/find-file.ts";
import { staffPage } from "../layout/page.tsx";
import { METER_STYLE } from "../nudges/budget-card.tsx";
import type { Form } from "../nudges/field.tsx";
import { Chip } from "../parts/chip.tsx";
import { Done } from "../parts/done.tsx";
import { PLOT_STYLE } from "../parts/plot.tsx";
import type { StaffRequest } from "../staff.ts";
import { counted, microsWords } from "../words.ts";
import { buyState, countShown, moneyShown, ratioShown } from "./buy-words.ts";
import { Dates, EffectCard, MoneyCard, PeopleCard } from "./cards.tsx";
import { FileNote } from "./file-note.tsx";
import { BuyForms } from "./forms.tsx";
import { getBuy, type Listed } from "./read-buys.ts";

/** `GET /media-buys/:buy`: one media buy, its money and its effect, and what can be done with it. Throws NOT_FOUND. */
export async function showBuy(request: StaffRequest): Promise<Response> {
  return buyPage(request, await getBuy(request.ctx, request.c.req.param("buy") ?? ""), null);
}

/** The same page with a form as it was typed, and what is wrong with it. */
export async function buyPage(request: StaffRequest, listed: Listed, typed: Form | null): Promise<Response> {
  const { base, nonce, role } = request;
  const { buy, nudge, counts, numbers } = listed;
  const { currency } = buy;
  const file = await findMailingFile(request.ctx, buy.id);
  return staffPage(request, {
    title: buy.name,
    lede: (
      <>
        {buy.vendor}, for the nudge{" "}
        {role === "analyst" ? nudge.name : <a href={`${base}/nudges/${nudge.code}`}>{nudge.name}</a>}.
      </>
    ),
    actions: (
      <div class="row">
        <a class="button plain" href={`${base}/media-buys/${buy.id}/numbers.csv`}>
          Download (CSV)
        </a>
        <a class="button plain" href={`${base}/media-buys`}>
          All media buys
        </a>
      </div>
    ),
    children: (
      <>
        <style nonce={nonce}>{raw(PLOT_STYLE + METER_STYLE + TILE_STYLE)}</style>
        <Done request={request} />
        <dl class="tiles">
          <Tile name={counts.fulfilled > 0 ? "Sent" : "To be sent"}>{counted(counts.fulfilled || counts.mailed)}</Tile>
          <Tile name="Returned">{counted(counts.returned)}</Tile>
          <Tile name="Cost">{microsWords(numbers.totalMicros, currency)}</Tile>
          <Tile name="Each">{moneyShown(numbers.perRecipientMicros, currency)}</Tile>
          <Tile name="Responses">{countShown(numbers.responses)}</Tile>
          <Tile name="Revenue">{moneyShown(numbers.revenueMicros, currency)}</Tile>
          <Tile name="ROI">{ratioShown(numbers.roi)}</Tile>
        </dl>
        <div class="why">
          <div>
            <MoneyCard listed={listed} />
            <EffectCard listed={listed} timeZone={request.ctx.tenant.settings.office.timeZone} />
          </div>
          <aside>
            <section class="card" aria-labelledby="state">
              <h2 id="state">
                <span class="vh">State: </span>
                <Chip {...buyState(buy)} />
              </h2>
              <Dates listed={listed} />
              <FileNote ctx={request.ctx} found={file} />
              <BuyForms request={request} listed={listed} typed={typed} />
            </section>
            <PeopleCard listed={listed} />
          </aside>
        </div>
      </>
    ),
  });
}

/** Sums are long: four in a row, two on a phone. */
const TILE_STYLE = ".tiles{grid-template-columns:repeat(auto-fit,minmax(min(40%,14rem),1fr))}";

function Tile({ name, children }: { name: string; children: string | number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
