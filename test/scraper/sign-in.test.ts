import { expect, test } from "vitest";
import { ehrWorld } from "./ehr-world.ts";
import { expectedRows } from "./expected-rows.ts";

const DAY = "2025-11-20";
const world = ehrWorld();
const attempts = () => world.ehr.seen().attempts.map(({ kind, ok }) => `${kind} ${ok ? "ok" : "refused"}`);

test("without a session: one login, one code, the session is saved [ASK-2]", async () => {
  const { readings, failure } = await world.run([DAY]);
  expect(failure).toBeUndefined();
  expect(readings[0]?.schedule.rows).toEqual(expectedRows(DAY));
  expect(attempts()).toEqual(["login ok", "code_request ok", "code ok"]);
  expect(world.savedSession()).not.toBeNull();
});
