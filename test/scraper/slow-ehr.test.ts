import { expect, test } from "vitest";
import { ehrWorld } from "./ehr-world.ts";
import { expectedRows } from "./expected-rows.ts";

const world = ehrWorld();

test("an EHR that takes 8 s to render and 6 s for rows gives the right rows, never those of the day before [ASK-12]", async () => {
  await world.haveSession();
  world.ehr.set({ clockAt: Date.UTC(2025, 10, 21, 17), delays: { renderMs: 8_000, rowsMs: 6_000 } });
  const limits = { pageMs: 30_000, agendaMs: 20_000, rowsMs: 20_000, printMs: 10_000 };
  const { readings, failure, failedDays } = await world.run(["2025-11-20"], { limits });
  expect({ failure, failedDays }).toEqual({ failure: undefined, failedDays: {} });
  expect(readings[0]?.schedule.rows).toEqual(expectedRows("2025-11-20"));
});
