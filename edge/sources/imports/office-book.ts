import { eq, sql } from "drizzle-orm";
import { externalRefs } from "../../../db/schema/imports.ts";
import { offices } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import { OFFICE_CODES } from "../store-offices.ts";
import { OFFICE_ID } from "../store-rows.ts";
import { type OfficeTime, officeClock } from "./office-clock.ts";

/** The clinic's offices by their codes, and their clocks. */
export type OfficeBook = {
  /** The office's id; null for a code that the settings do not name. A clinic with one office needs no codes. */
  officeOf(sourceId: string): string | null;
  /** A source's time by the office's clock (the main one's for null); null for a time that does not exist. */
  time(text: string, officeId: string | null): OfficeTime | null;
};

type OfficeRow = { id: string; timeZone: string; code: string | null };

/** The query for what the book is made of, so that it can go along with others. */
export function selectOffices(ctx: Context) {
  return ctx.db
    .select({ id: offices.id, timeZone: offices.timeZone, code: externalRefs.value })
    .from(offices)
    .leftJoin(
      externalRefs,
      sql`${eq(externalRefs.entityId, offices.id)} AND system = ${OFFICE_CODES} AND entity = 'office'`,
    );
}

/** The book, for one batch of rows. */
export function officeBook(ctx: Context, rows: OfficeRow[]): OfficeBook {
  const zones = new Map(rows.map(({ id, timeZone }) => [id, timeZone]));
  const ids = new Map(rows.flatMap(({ id, code }) => (code === null ? [] : [[code, id] as const])));
  const clock = officeClock();
  const { timeZone } = ctx.tenant.settings.office;
  return {
    officeOf: (sourceId) => ids.get(sourceId) ?? (ids.size === 0 ? OFFICE_ID : null),
    time: (text, officeId) => clock(text, zones.get(officeId ?? OFFICE_ID) ?? timeZone),
  };
}
