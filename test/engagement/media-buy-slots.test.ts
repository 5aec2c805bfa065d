import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { nextSlotStartsAt, slotStartsAt } from "../../edge/engagement/media-buys/slot.ts";

const ZONE = "America/Denver";
const letter = { channel: "print", atLocal: null, slotMinutes: 60 } as const;
const text = { channel: "sms", atLocal: null, slotMinutes: 60 } as const;
const instant = (text: string) => Temporal.Instant.from(text).epochMilliseconds;

test("letters are bought by the clinic's day, also on the two days on which clocks change", () => {
  const days = ["2027-03-14", "2027-11-07", "2027-07-01"].map((day) => {
    const from = Temporal.PlainDate.from(day).toZonedDateTime(ZONE).epochMilliseconds;
    return [from, slotStartsAt(letter, from, ZONE), nextSlotStartsAt(letter, from, ZONE)] as const;
  });
  expect(days.map(([from, , next]) => (next - from) / 3_600_000)).toEqual([23, 25, 24]);
  for (const [from, slot, next] of days) {
    expect([slot, slotStartsAt(letter, next - 1, ZONE)]).toEqual([from, from]);
  }
});

test("texts are bought by their slot; those said at a wall time by its day", () => {
  expect(slotStartsAt(text, instant("2027-11-07T08:30Z"), ZONE)).toBe(instant("2027-11-07T08:00Z"));
  expect(slotStartsAt({ ...text, atLocal: "09:00" }, instant("2027-07-01T15:00Z"), ZONE)).toBe(
    instant("2027-07-01T06:00Z"),
  );
});

test("every instant lies in one slot, and the slots follow each other without a gap", () => {
  const at = fc.integer({ min: instant("2027-01-01T00:00Z"), max: instant("2028-01-01T00:00Z") });
  const step = fc.record({
    channel: fc.constantFrom("print" as const, "sms" as const),
    atLocal: fc.constantFrom(null, "09:00"),
    slotMinutes: fc.integer({ min: 1, max: 1440 }),
  });
  fc.assert(
    fc.property(at, step, fc.constantFrom(ZONE, "America/New_York", "Asia/Kathmandu"), (dueAt, each, zone) => {
      const slot = slotStartsAt(each, dueAt, zone);
      const next = nextSlotStartsAt(each, slot, zone);
      expect(slot <= dueAt && dueAt < next).toBe(true);
      expect([slotStartsAt(each, slot, zone), slotStartsAt(each, next, zone)]).toEqual([slot, next]);
    }),
  );
});
