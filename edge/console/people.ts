import { auditEvents } from "../../db/audit.ts";
import { isStoreUnavailable } from "../../db/connect.ts";
import { titleCased } from "../../templates/message/names.ts";
import { type Context, stamp } from "../context.ts";
import { errorFields } from "../log.ts";
import type { Person } from "../sources/blind-row.ts";
import { dateName } from "./time.ts";

export type Named = Person & { patientId: string };
type Sealed = { id: string; sealed: string };

/**
 * Opens who these patients are and what their numbers are, for a page that shows them. The only way for a page to a
 * name: it writes the audit event first, so that a read which could not be recorded does not happen. `entityId` is the
 * patient, or says which list. Whoever's row does not open is missing from the answer.
 */
export async function openPeople(
  ctx: Context,
  read: { action: `${string}.read`; entityId: string },
  sealed: { patients: Sealed[]; numbers?: Sealed[] },
): Promise<{ people: Map<string, Named>; numbers: Map<string, string> }> {
  const { patients, numbers = [] } = sealed;
  // A page or a day says itself whose names it showed; of any other list it can be told only from this.
  const isTold = read.action === "patient.read" || read.action === "schedule.read";
  const ids = isTold ? {} : { ids: patients.map(({ id }) => id) };
  const details = { patients: patients.length, numbers: numbers.length, ...ids };
  await ctx.db.run(auditEvents(stamp(ctx), [{ ...read, details }]));
  const [people, phones] = await Promise.all([
    openEach(ctx, patients, async ({ id, sealed: text }) => {
      const person = JSON.parse(await ctx.keys.open({ table: "patients", row: id }, text)) as Person;
      return { ...person, patientId: id };
    }),
    openEach(ctx, numbers, ({ id, sealed: text }) => ctx.keys.open({ table: "contact_points", row: id }, text)),
  ]);
  return { people, numbers: phones };
}

/** A value that does not open, moved or changed in the store, is left out: the page shows everybody else. */
async function openEach<Value>(
  ctx: Context,
  rows: Sealed[],
  open: (row: Sealed) => Promise<Value>,
): Promise<Map<string, Value>> {
  const opened = rows.map(async (row) => {
    try {
      return [[row.id, await open(row)] as const];
    } catch (error) {
      if (isStoreUnavailable(error)) throw error;
      ctx.log.error("value does not open", { row: row.id, ...errorFields(error) });
      return [];
    }
  });
  return new Map((await Promise.all(opened)).flat());
}

/** `River McTesterly`: the schedule shouts names, a page need not, and says them as messages do. */
export function displayName({ name }: Person): string {
  return titleCased(name);
}

/** `Mar 9, 1984`. */
export function displayBirthDate({ birthDate }: Person): string {
  return birthDate === null ? "birth date not known" : dateName(birthDate);
}
