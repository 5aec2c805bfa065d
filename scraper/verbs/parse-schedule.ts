import { readFile } from "node:fs/promises";
import { LocalDay } from "../../edge/contract/appointments.ts";
import { parseSchedule } from "../parse-schedule/parse-schedule.ts";
import { UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  name: "parse-schedule",
  summary: "Reads a saved schedule page and prints its visits, and the rows that could not be read",
  takes: "<page.html>",
  options: {
    date: { type: "string", placeholder: "YYYY-MM-DD", about: "the day the page must show; another one is an error" },
  },
  async run({ values, positionals }) {
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) throw new UsageError("name one saved page");
    if (values.date !== undefined && !LocalDay.safeParse(values.date).success) {
      throw new UsageError("--date wants a day as YYYY-MM-DD");
    }
    const html = await readFile(path, "utf8");
    const date = typeof values.date === "string" ? { date: values.date } : {};
    const { rows, notes, ...page } = parseSchedule(html, date);
    const document = {
      ...page,
      rows: rows.map(({ phoneProblem: _, ...row }) => row),
      ...(notes.length > 0 && { notes }),
    };
    return { ok: page.problem === undefined, document };
  },
};
