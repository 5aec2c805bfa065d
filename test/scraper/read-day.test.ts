import { beforeEach, describe, expect, test } from "vitest";
import { seedDay } from "../sandbox/practice-fusion/seed-day.ts";
import type { Switches } from "../sandbox/practice-fusion/world.ts";
import { ehrWorld } from "./ehr-world.ts";
import { expectedRows } from "./expected-rows.ts";

const DAY = "2025-11-20";
const TODAY_AT = Date.UTC(2025, 10, 21, 17);
const world = ehrWorld();
const faults = (switches: Partial<Switches>) => world.ehr.set({ switches });
const clicksOn = (element: string) => world.ehr.seen().clicks.filter((click) => click.element === element).length;

beforeEach(async () => {
  world.ehr.set({ clockAt: TODAY_AT });
  await world.haveSession();
});

/** Reads one day and returns what came of it, with the failure's code if it failed. */
async function read(day = DAY, limits = {}) {
  const { readings, failedDays, failure } = await world.run([day], { limits });
  const reading = readings[0];
  return { rows: reading?.schedule.rows, notes: reading?.notes, reading, failure: failure ?? failedDays[day] };
}

describe("the way to the agenda", () => {
  test("when the deep link bounces, the link on the page leads there [ASK-10]", async () => {
    faults({ deepLinkBounce: 99 });
    expect((await read()).rows).toEqual(expectedRows(DAY));
  });

  test("a native dialog is accepted [ASK-25]", async () => {
    faults({ nativeAlert: true });
    expect((await read()).rows).toEqual(expectedRows(DAY));
  });

  test("a server that fails now and then is asked again", async () => {
    faults({ http500: 2 });
    expect((await read()).rows).toEqual(expectedRows(DAY));
  });
});

describe("an EHR that is down", () => {
  test("one that answers nothing but errors, or nothing at all, is ehr_unavailable", async () => {
    faults({ http500: 999 });
    expect((await read(DAY, { pageMs: 1_500 })).failure).toBe("ehr_unavailable");
    const { failure } = await world.run([DAY], { baseUrl: "http://127.0.0.1:9/ehr", limits: { pageMs: 1_500 } });
    expect(failure).toBe("ehr_unavailable");
  });
});

describe("the date", () => {
  test("an open search box in front of the picker stays empty, and the header names the target [ASK-13]", async () => {
    faults({ searchBoxTrap: true });
    const { rows, reading } = await read();
    expect(rows).toEqual(expectedRows(DAY));
    expect(reading?.html).toContain("Thu, Nov 20, 2025</h3>");
    expect(clicksOn("search typed")).toBe(0);
  });

  test("without a text box in the picker, the arrows lead seven days back and two forward [ASK-14]", async () => {
    faults({ noPickerInput: true });
    const days = ["2025-11-14", "2025-11-23"];
    const { readings } = await world.run(days);
    expect(readings.map(({ schedule }) => schedule.rows)).toEqual(days.map((day) => expectedRows(day)));
    expect(clicksOn("Previous day")).toBeGreaterThanOrEqual(7);
    expect(clicksOn("Next day")).toBeGreaterThanOrEqual(9);
  });

  test("clicks that get lost, and buttons deaf to ordinary clicks, still lead to the date [ASK-15]", async () => {
    faults({ noPickerInput: true, pointerClickDead: true, clickLost: 2 });
    expect((await read("2025-11-18")).rows).toEqual(expectedRows("2025-11-18"));
  });

  test("the day that the page opens on is read without waiting for a change", async () => {
    expect((await read("2025-11-21", { unchangedMs: 60_000 })).rows).toEqual(expectedRows("2025-11-21"));
  });

  test("a day that the page skips fails alone, the other days are read", async () => {
    faults({ skippedDays: [DAY] });
    const { readings, failedDays, failure } = await world.run(["2025-11-19", DAY, "2025-11-18"]);
    expect(failure).toBeUndefined();
    expect(failedDays).toEqual({ [DAY]: "date_unreachable" });
    expect(readings.map(({ schedule }) => schedule.rows)).toEqual([
      expectedRows("2025-11-19"),
      expectedRows("2025-11-18"),
    ]);
  });
});

describe("rows that lag behind the header, with no print view to compare with", () => {
  test("rows that come seconds later are waited for", async () => {
    world.ehr.set({ switches: { printMissing: true }, delays: { rowsMs: 2_000 } });
    expect((await read()).rows).toEqual(expectedRows(DAY));
  });

  test("rows that come in two parts are read whole", async () => {
    faults({ printMissing: true, rowsInParts: true });
    expect((await read(DAY, { stableMs: 400 })).rows).toEqual(expectedRows(DAY));
  });

  test("rows that never come, as the session died with the date, are not those of the day before", async () => {
    world.ehr.set({ switches: { printMissing: true, expireAfter: 1 }, delays: { redirectMs: 2_500 } });
    expect((await read()).rows).toEqual(expectedRows(DAY));
  });
});

describe("the print view", () => {
  test("the right button is found among others that say print [ASK-17]", async () => {
    faults({ printTextTwice: true });
    expect(await read()).toMatchObject({ rows: expectedRows(DAY), notes: [] });
  });

  test("without it, or with an empty one, the agenda's own table is read and layout_mismatch is logged [ASK-18]", async () => {
    for (const [fault, note] of [
      [{ printMissing: true }, "print_missing"],
      [{ printMissing: false, printEmpty: true }, "print_empty"],
    ] as const) {
      faults(fault);
      const { readings, log } = await world.run([DAY], { limits: { printMs: 800 } });
      expect(readings[0]?.schedule.rows).toEqual(expectedRows(DAY));
      expect(log).toContainEqual(
        expect.objectContaining({
          step: "day read",
          day: DAY,
          notes: expect.arrayContaining(["layout_mismatch", note]),
        }),
      );
    }
  });

  test("a stale one, in its header or only in its rows, puts no row under the wrong date [ASK-19]", async () => {
    for (const printStale of ["page", "rows"] as const) {
      faults({ printStale });
      const { rows, notes } = await read(DAY, { printMs: 800 });
      expect(rows).toEqual(expectedRows(DAY));
      expect(notes).toContain("layout_mismatch");
    }
  });

  test("one that does not close is out of the way for the next day", async () => {
    faults({ printSticky: true });
    const { readings } = await world.run([DAY, "2025-11-19"]);
    expect(readings.map(({ schedule }) => schedule.rows)).toEqual([expectedRows(DAY), expectedRows("2025-11-19")]);
  });
});

describe("what the page looks like", () => {
  test("header formats A, B and C are read [ASK-20]", async () => {
    for (const headerFormat of ["A", "B", "C"] as const) {
      faults({ headerFormat });
      expect(await read()).toMatchObject({ rows: expectedRows(DAY), notes: [] });
    }
  });

  test("layouts print, main and legacy give identical rows, an unknown one fails loudly [ASK-21]", async () => {
    for (const layout of ["print", "main", "legacy"] as const) {
      faults({ layout });
      const { rows, reading } = await read();
      expect(rows).toEqual(expectedRows(DAY));
      expect(reading?.schedule.layout).toBe(layout);
    }
    faults({ layout: "none" });
    expect(await read(DAY, { rowsMs: 1_000 })).toMatchObject({ rows: undefined, failure: "layout_changed" });
  });

  test("a row without one of its cells is counted, the rest are kept [ASK-22]", async () => {
    for (const missingCell of ["patient", "provider"] as const) {
      faults({ missingCell });
      const { rows, reading } = await read();
      expect(rows).toEqual(expectedRows(DAY).slice(1));
      expect(reading?.schedule.errors).toEqual([{ row: 1, code: "cell_missing" }]);
    }
  });

  test("a table that never comes fails the day", async () => {
    faults({ tableNever: true });
    expect((await read(DAY, { rowsMs: 1_000 })).failure).toBe("layout_changed");
  });

  test("an empty day is a success with no rows", async () => {
    faults({ emptyDay: true });
    expect(await read()).toMatchObject({ rows: [], failure: undefined });
  });

  test("the rows of all providers are read although the page opens with those of one [ASK-26]", async () => {
    const { rows } = await read();
    const providers = new Set(seedDay(DAY).map((visit) => visit.provider));
    expect(providers.size).toBeGreaterThan(1);
    expect(new Set(rows?.map((row) => row.provider))).toEqual(providers);
  });
});
