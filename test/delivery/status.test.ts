import { describe, expect, test } from "vitest";
import { TOUCH_STATUSES, type TouchStatus } from "../../db/schema/engagement.ts";
import { advance as advanceBy, FINAL } from "../../edge/delivery/status.ts";
import { twilioWords } from "../../edge/delivery/twilio-words.ts";

const advance = (current: TouchStatus, reported: string) => advanceBy(current, twilioWords.stepOf(reported));

const REPORTED = [
  "accepted",
  "scheduled",
  "queued",
  "sending",
  "sent",
  "delivered",
  "read",
  "undelivered",
  "failed",
  "canceled",
];
const NEWS = ["partially_delivered", "receiving", "something_new", ""];
const RANK: Partial<Record<TouchStatus, number>> = { accepted: 1, sent: 2, delivered: 3, undelivered: 3, failed: 3 };

describe.each(TOUCH_STATUSES)("a touch that is %s", (current) => {
  test.each(REPORTED)("never moves back on a report of %s", (reported) => {
    const after = advance(current, reported);
    expect(RANK[after] ?? 0).toBeGreaterThanOrEqual(RANK[current] ?? 0);
    if (FINAL.includes(current)) expect(after).toBe(current);
    else expect(RANK[after]).toBeGreaterThan(0);
    expect(advance(after, reported)).toBe(after);
  });

  test.each(NEWS)("stays on a word that is unknown: %s", (reported) => {
    expect(advance(current, reported)).toBe(current);
  });
});

test("delivered stays delivered, whatever comes late [BAD-51]", () => {
  for (const reported of REPORTED) expect(advance("delivered", reported)).toBe("delivered");
  expect(advance("accepted", "delivered")).toBe("delivered");
});
