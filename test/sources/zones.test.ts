import { expect, test } from "vitest";
import { TimeZone } from "../../edge/contract/time-zone.ts";
import { zonesOfPhone, zonesOfZip } from "../../edge/zones.ts";

test.each([
  ["80301", "America/Denver"],
  ["85281-1234", "America/Phoenix"],
  ["10001", "America/New_York"],
  ["60435", "America/Chicago"],
  ["93701", "America/Los_Angeles"],
  ["96813", "Pacific/Honolulu"],
  ["00901", "America/Puerto_Rico"],
  ["99501", "America/Anchorage America/Adak"],
  // Nashville's and Bristol's area has two clocks, as have the Navajo Nation's and western Nebraska's.
  ["37321", "America/New_York America/Chicago"],
  ["86040", "America/Denver America/Phoenix"],
  ["69101", "America/Chicago America/Denver"],
  // Military post goes round the world.
  ["09012", null],
  ["SW1A 1AA", null],
  ["", null],
])("the ZIP code %s is at the clock of %s", (zip, zones) => {
  expect(zonesOfZip(zip)).toBe(zones);
});

test.each([
  ["+12025550101", "America/New_York"],
  ["+13035550101", "America/Denver"],
  ["+12135550101", "America/Los_Angeles"],
  ["+18505550101", "America/New_York America/Chicago"],
  ["+18005550101", null],
  ["+14165550101", null],
  ["+442079460101", null],
  ["", null],
])("the number %s is from the clock of %s", (phone, zones) => {
  expect(zonesOfPhone(phone)).toBe(zones);
});

test("every ZIP area and area code that has a clock has one by an IANA name", () => {
  const all = Array.from({ length: 1000 }, (_, code) => String(code).padStart(3, "0"));
  const found = all.flatMap((code) => [zonesOfZip(`${code}01`) ?? [], zonesOfPhone(`+1${code}5550101`) ?? []].flat());
  expect(found.length).toBeGreaterThan(1_200);
  for (const name of new Set(found.flatMap((zones) => zones.split(" "))))
    expect(TimeZone.safeParse(name).success).toBe(true);
});
