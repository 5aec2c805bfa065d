import { raw } from "hono/html";
import * as z from "zod";
import { readQuery } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { Chip } from "../parts/chip.tsx";
import { Columns } from "../parts/columns.tsx";
import { PLOT_STYLE, PlotKey } from "../parts/plot.tsx";
import type { StaffRequest } from "../staff.ts";
import { counted, microsWords } from "../words.ts";
import { buyState, countShown, estimateShown, moneyShown, ratioShown } from "./buy-words.ts";
import { BuysPlot } from "./plots.tsx";
import { type Cursor, type Listed, listBuys } from "./read-buys.ts";

const PAGE = 20;

const Query = z.object({
  /** Where the page before this one ended: `created.id`. */
  before: z
    .string()
    .regex(/^\d{1,15}\.buy_[0-9a-f]{32}$/)
    .optional(),
});

/** `GET /media-buys`: what was bought to reach people, what it cost and what it brought. Counts and sums only. */
export async function showBuys(request: StaffRequest): Promise<Response> {
  const { c, ctx, base, nonce } = request;
  const { before } = readQuery(c, Query);
  const buys = await listBuys(ctx, { before: cursorOf(before), limit: PAGE + 1 });
  const shown = buys.slice(0, PAGE);
  const last = buys.length > PAGE ? shown.at(-1)?.buy : undefined;
  return staffPage(request, {
    title: "Media buys",
    lede: "Letters, and whatever else is paid for by the list: whom it reached, what it cost and what it brought.",
    children: (
      <>
        <style nonce={nonce}>{raw(PLOT_STYLE)}</style>
        {shown.length === 0 ? (
          <p class="empty">
            No media buy yet. A nudge that writes letters, or whose step keeps account of its cost, makes one a day.
          </p>
        ) : (
          <>
            <Plot buys={shown} />
            <List buys={shown} base={base} />
            <p class="fine">
              Revenue is what those mailed bought in the days after it came, returns taken off. ROI is (revenue − cost)
              ÷ cost. Incremental ROI compares with those left out by lot, with the range in which it lies 95 times in
              100. What fewer than five people did is not shown.
            </p>
          </>
        )}
        {last ? (
          <p>
            <a class="button plain" href={`${base}/media-buys?before=${last.createdAt}.${last.id}`}>
              Older
            </a>
          </p>
        ) : null}
      </>
    ),
  });
}

/** Without one, from the newest. */
function cursorOf(before: string | undefined): Cursor {
  const [at, id = ""] = before?.split(".") ?? [];
  return { at: at === undefined ? Number.MAX_SAFE_INTEGER : Number(at), id };
}

function Plot({ buys }: { buys: Listed[] }) {
  if (!buys.some(({ numbers }) => typeof numbers.revenueMicros === "number")) return null;
  return (
    <section class="card" aria-labelledby="money">
      <h2 id="money">Cost and revenue</h2>
      <PlotKey light="cost" full="revenue" />
      <BuysPlot buys={buys} />
    </section>
  );
}

function List({ buys, base }: { buys: Listed[]; base: string }) {
  return (
    <table class="table stack">
      <caption class="vh">Media buys, newest first</caption>
      <Columns
        names={[
          "Media buy",
          { number: "Sent" },
          { number: "Returned" },
          { number: "Cost" },
          { number: "Each" },
          { number: "Responses" },
          { number: "Revenue" },
          { number: "ROI" },
          { number: "Incremental ROI" },
        ]}
      />
      <tbody>
        {buys.map(({ buy, counts, numbers }) => (
          <tr>
            <td>
              <a class="strong" href={`${base}/media-buys/${buy.id}`}>
                {buy.name}
              </a>
              <span class="sub">{buy.vendor}</span>
              <Chip {...buyState(buy)} />
            </td>
            <Figure label="Sent">
              {counts.fulfilled > 0 ? counted(counts.fulfilled) : `${counted(counts.mailed)} planned`}
            </Figure>
            <Figure label="Returned">{counted(counts.returned)}</Figure>
            <Figure label="Cost">{microsWords(numbers.totalMicros, buy.currency)}</Figure>
            <Figure label="Each">{moneyShown(numbers.perRecipientMicros, buy.currency)}</Figure>
            <Figure label="Responses">{countShown(numbers.responses)}</Figure>
            <Figure label="Revenue">{moneyShown(numbers.revenueMicros, buy.currency)}</Figure>
            <Figure label="ROI">{ratioShown(numbers.roi)}</Figure>
            <Figure label="Incremental ROI">{estimateShown(numbers.incrementalRoi)}</Figure>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Figure({ label, children }: { label: string; children: string | number }) {
  return (
    <td class="num" data-label={label}>
      {children}
    </td>
  );
}
