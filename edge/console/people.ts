import { auditEvents } from "../../db/audit.ts";
import type { Context } from "../context.ts";
import { stamp } from "../context.ts";
import type { Person } from "../sources/blind-row.ts";

export type Named = Person & { patientId: string };

/**
 * Opens who these patients are, for a page that shows them. The only way for a page to a name: it writes the audit
 * event first, so that a read which could not be recorded does not happen. `entityId` is the patient, or the list.
 */
export async function openPeople(
  ctx: Context,
  read: { action: `${string}.read`; entityId: string },
  patients: { id: string; sealed: string }[],
): Promise<Map<string, Named>> {
  const details = { patients: patients.length };
  await ctx.db.run(auditEvents(stamp(ctx), [{ ...read, details }]));
  const opened = await Promise.all(
    patients.map(async ({ id, sealed }): Promise<[string, Named]> => {
      const person = JSON.parse(await ctx.keys.open({ table: "patients", row: id }, sealed)) as Person;
      return [id, { ...person, patientId: id }];
    }),
  );
  return new Map(opened);
}

/** `River Testerly`: the schedule shouts names, a page need not. */
export function displayName({ name }: Person): string {
  return name === name.toUpperCase()
    ? name.toLowerCase().replace(/(^|[\s'’-])\p{L}/gu, (start) => start.toUpperCase())
    : name;
}

/** `Mar 9, 1984`. */
export function displayBirthDate({ birthDate }: Person): string {
  const date = new Date(`${birthDate}T12:00:00Z`);
  return new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone: "UTC" }).format(date);
}
