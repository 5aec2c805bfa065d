import { type SQL, sql } from "drizzle-orm";
import { attempts, touches } from "../../../db/schema/engagement.ts";
import { addresses, externalRefs, purchases } from "../../../db/schema/imports.ts";
import { mediaBuyRecipients } from "../../../db/schema/nudges.ts";
import { appointments, changeLog, contactPoints, patients } from "../../../db/schema/people.ts";
import { deliveryEvents } from "../../../db/schema/reports.ts";
import { OPEN_TOUCH } from "./open-touch.ts";

/** Of these people (`among` is a condition on `person`), those of whom no visit, purchase or open message is left. */
export function peopleWithNothing(among: SQL, limit: number): SQL {
  return sql`SELECT person.id FROM ${patients} AS person WHERE ${among}
    AND NOT EXISTS (SELECT 1 FROM ${appointments} WHERE appointments.patient_id = person.id)
    AND NOT EXISTS (SELECT 1 FROM ${purchases} WHERE purchases.patient_id = person.id)
    AND NOT EXISTS (SELECT 1 FROM ${touches} WHERE touches.patient_id = person.id AND touches.status IN ${OPEN_TOUCH})
    ORDER BY person.removed_at, person.id LIMIT ${limit}`;
}

/** The statements that drop people, and before them all that is theirs alone; `whose` selects their ids. */
export function dropPeople(whose: SQL): { theirs: SQL[]; people: SQL } {
  const isTheirs = sql`patient_id IN (${whose})`;
  return {
    theirs: [
      ...dropTouches(sql`SELECT id FROM ${touches} WHERE ${isTheirs}`),
      sql`DELETE FROM ${mediaBuyRecipients} WHERE ${isTheirs}`,
      sql`DELETE FROM ${contactPoints} WHERE ${isTheirs}`,
      sql`DELETE FROM ${addresses} WHERE ${isTheirs}`,
      sql`DELETE FROM ${changeLog} WHERE entity_id IN (${whose})`,
      sql`DELETE FROM ${externalRefs} WHERE entity_id IN (${whose})`,
    ],
    people: sql`DELETE FROM ${patients} WHERE id IN (${whose})`,
  };
}

/** The statements that drop messages with their hand-overs and reports; `which` selects their ids. */
export function dropTouches(which: SQL): SQL[] {
  return [
    sql`DELETE FROM ${attempts} WHERE touch_id IN (${which})`,
    sql`DELETE FROM ${deliveryEvents} WHERE touch_id IN (${which})`,
    sql`DELETE FROM ${touches} WHERE id IN (${which})`,
  ];
}
