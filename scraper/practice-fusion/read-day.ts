import { ScrapeFailure } from "../failures.ts";
import { type ParsedSchedule, parseSchedule } from "../parse-schedule/parse-schedule.ts";
import { type Desk, lookInside } from "./desk.ts";
import { openAgenda } from "./open-agenda.ts";
import { closePrintView, openPrintView, type PrintOutcome } from "./print-view.ts";
import { setDay } from "./set-day.ts";
import { type Settling, settleRows, sightRows } from "./settle-rows.ts";
import { showAllUsers } from "./show-all-users.ts";

export type DayReading = {
  day: string;
  /** The page as it was read. Full of patients: for a sealed debug snapshot on request, and nothing else. */
  html: string;
  schedule: ParsedSchedule;
  /** What was not as on a good day: `layout_mismatch`, `print_missing`, `print_stale`, `print_empty`. */
  notes: string[];
};

/** Reads one day from wherever the page is. The rows are of that day, or this fails. */
export async function readDayOnce(desk: Desk, day: string): Promise<DayReading> {
  const { steps } = desk;
  await steps.step("print view closed", () => closePrintView(desk));
  await steps.step("agenda", () => openAgenda(desk));
  await steps.step("all users", () => showAllUsers(desk));
  const settling = settlingOf(desk, day, await steps.step("date", () => changeDay(desk, day)));
  const { sight, steady } = await steps.step("rows", () => sightRows(desk, settling));
  const print = await steps.step("print view", () => openPrintView(desk, day, sight.main?.rows ?? 0));
  await steps.step("rows settled", () => settleRows(desk, { ...settling, steady }));
  return steps.step("capture", () => capture(desk, day, print));
}

/** What tells the rows that come from those that were there. */
type Loading = Pick<Settling, "mark" | "before">;

async function changeDay(desk: Desk, day: string): Promise<Loading> {
  const { shownOn } = await lookInside(desk);
  // A page that opens on the day asked for has no older rows to be taken for its own.
  if (shownOn === day) return { mark: 0 };
  const loading = await loadingFromNow(desk);
  await setDay(desk, day);
  return loading;
}

async function loadingFromNow(desk: Desk): Promise<Loading> {
  const mark = desk.watch.mark();
  const { main } = await lookInside(desk);
  return { mark, ...(main && { before: main.fingerprint }) };
}

function settlingOf(desk: Desk, day: string, loading: Loading): Settling {
  return { ...loading, table: "main", day, limitMs: desk.settings.limits.rowsMs };
}

/** Saves and parses the page. Two tables that disagree get a second look first: one of them may have been late. */
async function capture(desk: Desk, day: string, print: PrintOutcome): Promise<DayReading> {
  const { settings, page } = desk;
  const read = async () => {
    const html = await page.content();
    return { html, schedule: parseSchedule(html, { date: day, providers: settings.providers }) };
  };
  let { html, schedule } = await read();
  if (schedule.notes.includes("layout_mismatch")) {
    await settleRows(desk, settlingOf(desk, day, await loadingFromNow(desk)));
    ({ html, schedule } = await read());
  }
  if (schedule.problem === "layout_unknown") throw new ScrapeFailure("layout_changed", "no table we know");
  if (schedule.problem === "nested_too_deep") throw new ScrapeFailure("layout_changed", "nested too deep");
  if (schedule.problem || schedule.date !== day) throw new ScrapeFailure("wrong_day", schedule.problem);
  const notes = new Set<string>(schedule.notes);
  if (print !== "ok") notes.add(print).add("layout_mismatch");
  return { day, html, schedule, notes: [...notes] };
}
