import fc from "fast-check";
import { expect, test } from "vitest";
import { AppointmentRow } from "../../edge/contract/appointments.ts";
import { parseSchedule } from "../../scraper/parse-schedule/parse-schedule.ts";
import { scrubPage } from "../../scraper/scrub-page.ts";
import { mainPage, mainRow, PRINT_HEADING, printPage, printRow, RIVER } from "./schedule-pages.ts";

/** Pieces of schedule pages in any order: tags that open and never close, cells out of rows, marks in odd places. */
const piece = fc.oneof(
  { weight: 1, arbitrary: fc.string() },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      `<h3>${PRINT_HEADING}</h3>`,
      '<h3 class="h3 box-margin-Bn">Thu, Nov 20, 2025</h3>',
      '<table data-element="table-agenda-print">',
      '<div data-element="appointments-table">',
      '<tr data-element="data-table-row-1">',
      "<tr>",
      "</tr>",
      "</table>",
      "</div>",
      '<td data-element="td-patient-name">',
      '<td data-element="td-start-at">9:05 AM',
      '<td data-element="td-intake-status">Seen',
      '<td data-element="td-provider-name">CNS',
      '<td data-element="td-appointment-type">CLINICIAN',
      '<td class="patient-column">',
      '<div title="Seen" data-element="intake-status-select-1">',
      "RIVER TESTERLY<br>03/09/1984<br>M. (202) 555-0101",
      "<!-- ",
      "<script>",
      "&nbsp;&#0;&bogus;",
      "<select><option>Seen<option selected>Cancelled</select>",
    ),
  },
);

test("no soup of tags makes the parser throw, and every row it reports is one the edge accepts", () => {
  let rowsSeen = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const { rows, problem } = parseSchedule(pieces.join(""));
      if (problem) expect(rows).toEqual([]);
      for (const row of rows) expect(AppointmentRow.parse(row)).toEqual(row);
      rowsSeen += rows.length;
    }),
    { numRuns: 400, examples: [[[printPage([printRow({})])]]] },
  );
  expect(rowsSeen).toBeGreaterThan(0);
});

test("a page that is nested deeper than any browser nests is refused by its depth, wherever it lies, before it costs anything", () => {
  const deep = "<div>".repeat(10_000);
  const closing = "</p></div>".repeat(50_000);
  const pages = [
    deep,
    deep + closing,
    deep + printPage([printRow({})]),
    printPage([printRow({ patient: deep }), printRow({})]),
    "<div>".repeat(100_000) + closing,
  ];
  const began = performance.now();
  for (const page of pages) {
    expect(parseSchedule(page)).toMatchObject({ problem: "nested_too_deep", rows: [] });
    expect(scrubPage(page)).toBe("");
  }
  // Without the limit, the last of them alone takes minutes.
  expect((performance.now() - began) / pages.length).toBeLessThan(1_000);
});

test("a page as deep as browsers nest is read whole", () => {
  const patient = `${"<div>".repeat(500)}${RIVER.patient.join("<br>")}`;
  const { rows, problem } = parseSchedule(
    printPage([printRow({ patient }), printRow({ patient: ["QUINN QUIET", "03/09/1984"] })]),
  );
  expect(problem).toBeUndefined();
  expect(rows.map(({ patientName }) => patientName)).toEqual(["RIVER TESTERLY", "QUINN QUIET"]);
});

const markup = fc.string().map((text) => text.replace(/[<>]/g, ""));

test("a bad row never changes its neighbours", () => {
  const times = fc.uniqueArray(fc.integer({ min: 1, max: 11 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(times, fc.nat(6), markup, markup, fc.boolean(), (hours, at, status, patient, isPrint) => {
      const good = hours.map((hour) => ({ ...RIVER, time: `${hour}:05 AM` }));
      const bad = { ...RIVER, status, time: "soon", patient: [patient, patient] };
      const visits = good.toSpliced(at, 0, bad);
      const show = (list: (typeof RIVER)[]) => (isPrint ? printPage(list.map(printRow)) : mainPage(list.map(mainRow)));
      const clean = parseSchedule(show(good));
      const mixed = parseSchedule(show(visits));
      expect(clean.rows).toHaveLength(good.length);
      expect(mixed.rows).toEqual(clean.rows);
      expect(mixed.errors).toMatchObject([{ row: Math.min(at, good.length) + 1 }]);
    }),
  );
});
