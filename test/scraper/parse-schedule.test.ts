import { expect, test } from "vitest";
import { parseSchedule } from "../../scraper/parse-schedule/parse-schedule.ts";
import {
  legacyPage,
  MAIN_HEADING,
  mainPage,
  mainRow,
  PRINT_HEADING,
  printPage,
  printRow,
  RIVER,
  RIVER_READ,
} from "./schedule-pages.ts";

/** The rows of a print view that holds one row with this patient cell. `·` in the spec is a newline here. */
const patientRead = (patient: string) => parseSchedule(printPage([printRow({ patient })])).rows;
const timesRead = (times: string[]) => {
  const { rows, errors } = parseSchedule(printPage(times.map((time) => printRow({ time }))));
  return { times: rows.map((row) => row.startsAt), errors };
};

test("a row of the print view is read into name, birth date, E.164 phone, local time, status, provider and type [PARSE-1]", () => {
  expect(parseSchedule(printPage([printRow({})]))).toEqual({
    date: "2025-11-20",
    layout: "print",
    rows: [RIVER_READ],
    errors: [],
    duplicates: 0,
    notes: [],
  });
});

test("a patient without a phone is kept, with phone null and the reason [PARSE-2]", () => {
  const row = printRow({ patient: "ASH PLACEHOLDER\n7/4/1990", time: "12:15 PM", provider: "CNS" });
  expect(parseSchedule(printPage([row])).rows).toEqual([
    {
      ...RIVER_READ,
      patientName: "ASH PLACEHOLDER",
      birthDate: "1990-07-04",
      phone: null,
      phoneProblem: "none",
      startsAt: "2025-11-20T12:15",
      provider: "CNS",
    },
  ]);
});

test("a row without a birth date is an error of that row, and its neighbours are kept [PARSE-3]", () => {
  const without = printRow({ patient: "RIVER TESTERLY\nM. (202) 555-0101" });
  const { rows, errors } = parseSchedule(printPage([printRow({}), without, printRow({ time: "10:00 AM" })]));
  expect(errors).toEqual([{ row: 2, code: "dob_missing" }]);
  expect(rows.map((row) => row.startsAt)).toEqual(["2025-11-20T09:05", "2025-11-20T10:00"]);
});

test("blocks end lines even without newlines between them [PARSE-4]", () => {
  expect(patientRead("<div>RIVER TESTERLY</div><div>03/09/1984</div><div>M. (202) 555-0101</div>")).toEqual([
    RIVER_READ,
  ]);
});

test("a name over two lines is joined by one space [PARSE-5]", () => {
  expect(patientRead("RIVER\nTESTERLY\n03/09/1984\nM. (202) 555-0101")).toEqual([RIVER_READ]);
});

test("a line break inside a name is a space [PARSE-6]", () => {
  expect(patientRead("RIVER<br>TESTERLY\n03/09/1984")).toEqual([{ ...RIVER_READ, phone: null, phoneProblem: "none" }]);
});

test("a nickname on its own line is kept apart from the legal name [PARSE-7]", () => {
  expect(patientRead('RIVER TESTERLY\n"Riv"\n03/09/1984\nM. (202) 555-0101')).toEqual([
    { ...RIVER_READ, nickname: "Riv" },
  ]);
});

test("a nickname in brackets inside the name is kept apart from the legal name [PARSE-8]", () => {
  expect(patientRead("RIVER (RIV) TESTERLY\n03/09/1984\nM. (202) 555-0101")).toEqual([
    { ...RIVER_READ, nickname: "RIV" },
  ]);
});

test("the mobile number is chosen before the home number [PARSE-9]", () => {
  const lines = "RIVER TESTERLY\n03/09/1984\nH. (202) 555-0102\nM. (202) 555-0101";
  expect(patientRead(lines)[0]?.phone).toBe("+12025550101");
  expect(patientRead("RIVER TESTERLY\n03/09/1984\nH. (202) 555-0102")[0]?.phone).toBe("+12025550102");
});

test("country code and extension are taken off a phone [PARSE-10]", () => {
  expect(patientRead("RIVER TESTERLY\n03/09/1984\nM. +1 (202) 555-0101 ext 22")[0]?.phone).toBe("+12025550101");
});

test("a phone that cannot be dialled is null and called invalid", () => {
  for (const phone of [
    "M. 555-0101",
    "M. (102) 555-0101",
    "M. (202) 155-0101",
    "M. 202 555 0101 99",
    "+47 22 86 44 00 11",
  ]) {
    expect(patientRead(`RIVER TESTERLY\n03/09/1984\n${phone}`)[0]).toMatchObject({
      phone: null,
      phoneProblem: "invalid",
    });
  }
});

test("an age behind the birth date is no part of it [PARSE-11]", () => {
  expect(patientRead("RIVER TESTERLY\n03/09/1984 (41 yrs)\nM. (202) 555-0101")).toEqual([RIVER_READ]);
});

test("a birth date with a two-digit year, an impossible one and one after the visit are errors, never guesses [PARSE-12]", () => {
  const rows = ["3/9/84", "02/30/1984", "11/21/2025"].map((day) => printRow({ patient: ["RIVER TESTERLY", day] }));
  expect(parseSchedule(printPage(rows))).toMatchObject({
    rows: [],
    errors: [1, 2, 3].map((row) => ({ row, code: "dob_invalid" })),
  });
});

test("a range gives its start, dots and missing spaces are read, a time without AM or PM is an error [PARSE-13]", () => {
  expect(timesRead(["9:05AM", "9:06 a.m.", "9:07 AM - 9:35 AM", "13:05", ""])).toEqual({
    times: ["2025-11-20T09:05", "2025-11-20T09:06", "2025-11-20T09:07"],
    errors: [4, 5].map((row) => ({ row, code: "time_invalid" })),
  });
  expect(timesRead(["11:30 - 12:15 PM", "13:05 PM", "9:75 AM"]).errors).toHaveLength(3);
});

test("any case and spacing of AM and PM is read, 12 AM is midnight and 12 PM is noon [PARSE-14]", () => {
  expect(timesRead(["09:05 am", "9:06  AM", "9:07&nbsp;AM", "12:15 AM", "12:00 PM"])).toEqual({
    times: ["09:05", "09:06", "09:07", "00:15", "12:00"].map((time) => `2025-11-20T${time}`),
    errors: [],
  });
});

test("a row that lacks any one cell is counted and the rest are kept [PARSE-15] [ASK-22]", () => {
  const names = ["td-intake-status", "td-patient-name", "td-start-at", "td-provider-name", "td-appointment-type"];
  for (const name of names) {
    const lacking = printRow({ time: "8:00 AM" }).replace(new RegExp(`<td data-element="${name}">.*?</td>`, "s"), "");
    const { rows, errors } = parseSchedule(printPage([printRow({}), lacking, printRow({ time: "10:00 AM" })]));
    expect(errors).toEqual([{ row: 2, code: "cell_missing" }]);
    expect(rows.map((row) => row.startsAt)).toEqual(["2025-11-20T09:05", "2025-11-20T10:00"]);
  }
  const none = parseSchedule(printPage(['<tr><td colspan="5">No appointments</td></tr>']));
  expect(none).toMatchObject({ rows: [], errors: [{ row: 1, code: "cell_missing" }] });
  expect(none.problem).toBeUndefined();
});

test("a row shown twice is one row and one duplicate [PARSE-16]", () => {
  expect(parseSchedule(printPage([printRow({}), printRow({})]))).toMatchObject({ rows: [RIVER_READ], duplicates: 1 });
});

test("a status is its first line, in the spelling that is listed [PARSE-17]", () => {
  const rows = ["seen", "Seen\n  by clinician", "Cancelled", "Gone fishing"].map((status) =>
    printRow({ status, time: "1:00 PM" }),
  );
  const { rows: read, duplicates } = parseSchedule(printPage(rows));
  expect(read.map((row) => row.status)).toEqual(["Seen", "Cancelled", "Gone fishing"]);
  expect(duplicates).toBe(1);
});

test("headings are read without the second comma, and with classes in any order or number [PARSE-18] [ASK-20]", () => {
  for (const heading of [
    PRINT_HEADING,
    PRINT_HEADING.replace("November,", "November"),
    "Schedule Standard view - Thu, Nov 20, 2025",
  ]) {
    expect(parseSchedule(printPage([printRow({})], heading))).toMatchObject({ date: "2025-11-20", rows: [RIVER_READ] });
  }
  for (const classes of ["h3 box-margin-Bn", "box-margin-Bn h3", "h3 box-margin-Bn is-today"]) {
    const page = mainPage([mainRow(RIVER, 0)]).replace("h3 box-margin-Bn", classes);
    expect(parseSchedule(page)).toMatchObject({ date: "2025-11-20", rows: [RIVER_READ] });
  }
});

test("the weekday in a heading is not trusted, the date is", () => {
  expect(parseSchedule(printPage([], PRINT_HEADING.replace("Thursday", "Monday"))).date).toBe("2025-11-20");
});

test("a print view left over from another day is never read: the main table is, or the date fails [PARSE-19]", () => {
  const stale = printPage([printRow({ patient: ["SKY SAMPLE", "01/02/1990"] })], PRINT_HEADING.replace("20", "19"));
  expect(parseSchedule(mainPage([mainRow(RIVER, 0)]) + stale)).toMatchObject({
    date: "2025-11-20",
    layout: "main",
    rows: [RIVER_READ],
    notes: ["print_stale"],
  });
  const alone = `<h3 class="h3 box-margin-Bn">${MAIN_HEADING}</h3>${stale}`;
  expect(parseSchedule(alone)).toMatchObject({ rows: [], problem: "date_mismatch" });
});

test("bad rows of the main table are errors and the good one beside them is kept [PARSE-20]", () => {
  const page = mainPage([
    mainRow({ ...RIVER, time: "soon" }, 0),
    mainRow({ ...RIVER, patient: ["RIVER TESTERLY", "unknown"] }, 1),
    mainRow(RIVER, 2).replace(/(<td data-element="cell-patient-2">).*?<\/td>/, "$1<a>ASH PLACEHOLDER</a></td>"),
    mainRow(RIVER, 3),
  ]);
  expect(parseSchedule(page)).toMatchObject({
    layout: "main",
    rows: [RIVER_READ],
    errors: [
      { row: 1, code: "time_invalid" },
      { row: 2, code: "dob_invalid" },
      { row: 3, code: "dob_missing" },
    ],
  });
});

test("where the page marks the birth date, another date in the cell is not taken for it", () => {
  const visit = (birthDate: string) => mainRow({ ...RIVER, patient: ["RIVER TESTERLY", birthDate] }, 0);
  const lastSeen = (row: string) => row.replace("</a>", "</a><div>Last seen 01/02/2024</div>");
  const page = mainPage([lastSeen(visit("unknown")), lastSeen(visit("03/09/1984"))]);
  expect(parseSchedule(page)).toMatchObject({
    rows: [{ patientName: "RIVER TESTERLY", birthDate: "1984-03-09" }],
    errors: [{ row: 1, code: "dob_invalid" }],
  });
});

test("a main row without a birth date is an error, with one its provider is found by header or list [PARSE-21]", () => {
  const row = (patient: string, provider = "ES OAKLAND", type = "CLINICIAN") =>
    `<tr data-element="data-table-row-0"><td><span class="text-color-default">Seen</span></td><td data-element="cell-patient-0">${patient}<div>M.2025550103</div></td><td data-element="cell-time-0">1:30PM</td><td>${provider}</td><td>${type}</td></tr>`;
  expect(parseSchedule(mainPage([row("SKY SAMPLE")])).errors).toEqual([{ row: 1, code: "dob_missing" }]);
  const dated = "SKY SAMPLE<div>01/02/1990</div>";
  const read = {
    patientName: "SKY SAMPLE",
    phone: "+12025550103",
    startsAt: "2025-11-20T13:30",
    provider: "ES OAKLAND",
  };
  expect(parseSchedule(mainPage([row(dated)])).rows).toMatchObject([read]);
  const header = "<tr><th>Status</th><th>Patient</th><th>Time</th><th>Type</th><th>Provider</th></tr>";
  const unlisted = row(dated, "WOUND CARE", "DR SAMPLE");
  expect(parseSchedule(mainPage([header, unlisted])).rows).toMatchObject([
    { provider: "DR SAMPLE", type: "WOUND CARE" },
  ]);
  expect(parseSchedule(mainPage([unlisted])).errors).toEqual([{ row: 1, code: "cell_missing" }]);
  expect(parseSchedule(mainPage([unlisted]), { providers: ["DR SAMPLE"] }).rows).toMatchObject([
    { provider: "DR SAMPLE", type: "WOUND CARE" },
  ]);
});

test("a label before the status is not taken for the status [PARSE-22]", () => {
  const labels = '<span class="text-color-default">New patient</span> <span class="text-color-default">Seen</span>';
  const page = mainPage([mainRow(RIVER, 0).replace(/<td><div data-element="intake.*?<\/td>/, `<td>${labels}</td>`)]);
  expect(parseSchedule(page).rows).toEqual([RIVER_READ]);
});

test("a patient whose name looks like a provider is not taken for one [PARSE-23]", () => {
  const patient = ["BHUC TESTER", ...RIVER.patient.slice(1)];
  expect(parseSchedule(mainPage([mainRow({ ...RIVER, patient, provider: "ES OAKLAND" }, 0)])).rows).toEqual([
    { ...RIVER_READ, patientName: "BHUC TESTER", provider: "ES OAKLAND" },
  ]);
});

test("a duration below the time is no part of it [PARSE-24]", () => {
  const page = mainPage([mainRow({ ...RIVER, time: "11:30 AM" }, 0)]);
  expect(page).toContain("<div>11:30 AM</div><div>30 min</div>");
  expect(parseSchedule(page).rows).toEqual([{ ...RIVER_READ, startsAt: "2025-11-20T11:30" }]);
});

test("a newline inside a linked name never reaches the name, and the nickname is kept apart [PARSE-25] [ASK-23]", () => {
  const patient = ['RIVER\n   TESTERLY "RIV"', ...RIVER.patient.slice(1)];
  expect(parseSchedule(mainPage([mainRow({ ...RIVER, patient }, 0)])).rows).toEqual([
    { ...RIVER_READ, nickname: "RIV" },
  ]);
});

test("the print, main and legacy layouts give identical rows for one day, and no layout fails loudly [ASK-21]", () => {
  const visits = ["9:05 AM", "12:15 PM", "4:40 PM"].map((time) => ({ ...RIVER, time }));
  const print = parseSchedule(printPage(visits.map(printRow)));
  const main = parseSchedule(mainPage(visits.map(mainRow)));
  const legacy = parseSchedule(legacyPage(visits));
  expect(print.rows).toHaveLength(3);
  expect([main.rows, legacy.rows]).toEqual([print.rows, print.rows]);
  expect([print.layout, main.layout, legacy.layout]).toEqual(["print", "main", "legacy"]);
  expect(parseSchedule(`<h3>${PRINT_HEADING}</h3><p>Something new</p>`)).toMatchObject({ problem: "layout_unknown" });
});

test("an empty or disagreeing print view yields to the main table and says so", () => {
  const main = mainPage([mainRow(RIVER, 0)]);
  const others = printPage([printRow({ patient: ["SKY SAMPLE", "01/02/1990"] })]);
  for (const print of [printPage([]), printPage(['<tr><td colspan="5">No appointments</td></tr>']), others]) {
    expect(parseSchedule(main + print)).toMatchObject({
      layout: "main",
      rows: [RIVER_READ],
      notes: ["layout_mismatch"],
    });
  }
  expect(parseSchedule(main + printPage([printRow({})]))).toMatchObject({ layout: "print", notes: [] });
});

test("a day with tables but no rows is a valid empty day", () => {
  for (const page of [mainPage([]) + printPage([]), legacyPage([])]) {
    const empty = parseSchedule(page);
    expect(empty).toMatchObject({ date: "2025-11-20", rows: [], errors: [] });
    expect(empty.problem).toBeUndefined();
  }
});

test("a page that shows another day than the one asked for, or no day, is refused", () => {
  expect(parseSchedule(printPage([printRow({})]), { date: "2025-11-19" })).toMatchObject({
    rows: [],
    problem: "date_mismatch",
  });
  expect(parseSchedule(printPage([printRow({})], "Schedule"))).toMatchObject({ rows: [], problem: "date_missing" });
});
