import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Clinic, type Desk, operator, startDesk } from "../harness.ts";
import { booking, lastOf, person, pushImport } from "../imports.ts";

let desk: Desk;
let clinic: Clinic;
beforeAll(async () => {
  desk = await startDesk();
  clinic = await desk.addTenant({ settings: { office: { timeZone: "America/Denver" }, offices } });
});
afterAll(() => desk?.close());

const offices = [
  { sourceCode: "7", name: "Boulder", timeZone: "America/Denver", sourceUtcOffsetMinutes: -420 },
  { sourceCode: "9", name: "Tempe", timeZone: "America/Phoenix", sourceUtcOffsetMinutes: -420 },
];

const at = (visits: object[]) =>
  pushImport(clinic, { patient: [person(1)], appointment: visits }).then(() =>
    clinic.db.all<{
      at: string;
      flag: string;
      wall: string;
    }>(sql`SELECT strftime('%Y-%m-%dT%H:%MZ', starts_at / 1000, 'unixepoch') AS at,
        time_flag AS flag, local_starts_at AS wall FROM appointments JOIN external_refs ON entity_id = appointments.id
        WHERE value IN (SELECT value ->> '$.sourceId' FROM json_each(${JSON.stringify(visits)})) ORDER BY value`),
  );

describe("a source's times", () => {
  test("a bare time that the clock skips moves on by the gap, one that it shows twice is the first, one with an offset is what it says [NUDGE-11]", async () => {
    const visits = ["2027-03-14 02:30", "2027-11-07 01:30", "2027-11-07T01:30:00-07:00"];
    const found = await at(
      visits.map((startsAt, index) => booking(index, startsAt, { patientSourceId: "p1", officeSourceId: "7" })),
    );
    expect(found).toEqual([
      { at: "2027-03-14T09:30Z", flag: "gap", wall: "2027-03-14T02:30" },
      { at: "2027-11-07T07:30Z", flag: "ambiguous", wall: "2027-11-07T01:30" },
      { at: "2027-11-07T08:30Z", flag: "ok", wall: "2027-11-07T01:30" },
    ]);
  });

  test("each office's times are read by its own zone, whatever offset the source has stored for it [NUDGE-10]", async () => {
    const visits = ["9", "7"].map((officeSourceId, index) =>
      booking(20 + index, "2027-07-01T09:00", { patientSourceId: "p1", officeSourceId }),
    );
    const found = await at(visits);
    expect(found.map((each) => each.at)).toEqual(["2027-07-01T16:00Z", "2027-07-01T15:00Z"]);
  });

  test("an instant that is another day at the office is on that day, and a day alone is its first minute", async () => {
    const found = await at([
      booking(30, "2027-06-02T03:15:00Z", { patientSourceId: "p1", officeSourceId: "7" }),
      booking(31, "2027-06-02", { patientSourceId: "p1", officeSourceId: "9" }),
    ]);
    expect(found).toEqual([
      { at: "2027-06-02T03:15Z", flag: "ok", wall: "2027-06-01T21:15" },
      { at: "2027-06-02T07:00Z", flag: "ok", wall: "2027-06-02T00:00" },
    ]);
  });
});

describe("a clinic's offices", () => {
  test("a visit at an office that the settings do not name is not taken, and is once they do", async () => {
    const visits = { appointment: [booking(40, "2027-05-05T10:00", { patientSourceId: "p1", officeSourceId: "11" })] };
    const [reply] = await pushImport(clinic, visits);
    expect(reply?.rejected).toEqual([{ row: 0, code: "office_unknown", field: "officeSourceId" }]);
    const more = [...offices, { sourceCode: "11", name: "Joliet", timeZone: "America/Chicago" }];
    const set = await operator(desk.edge, "/admin/v1/tenants/set", {
      tenant: clinic.slug,
      settings: { offices: more },
    });
    expect(set.status).toBe(200);
    expect(await lastOf(pushImport(clinic, visits))).toBe("applied");
    const where = sql`SELECT name FROM offices JOIN appointments ON office_id = offices.id
      JOIN external_refs ON entity_id = appointments.id WHERE value = 'a40'`;
    expect(await clinic.db.all(where)).toEqual([{ name: "Joliet" }]);
  });

  test("an office that leaves the settings stays with its visits, inactive", async () => {
    const set = (list: object[]) =>
      operator(desk.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, settings: { offices: list } });
    await set([offices[0] ?? {}]);
    const states = sql`SELECT name, status FROM offices WHERE name IN ('Boulder', 'Tempe') ORDER BY name`;
    expect(await clinic.db.all(states)).toEqual([
      { name: "Boulder", status: "active" },
      { name: "Tempe", status: "inactive" },
    ]);
    await set(offices);
    expect(await clinic.db.all(sql`SELECT status FROM offices WHERE name = 'Tempe'`)).toEqual([{ status: "active" }]);
  });
});
