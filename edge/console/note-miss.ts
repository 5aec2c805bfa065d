import { auditEvents } from "../../db/audit.ts";
import { stamp } from "../context.ts";
import { HearbackError } from "../errors.ts";
import type { StaffRequest, StaffRoute } from "./staff.ts";

/** As `newId` makes them. */
const OUR_ID = /^[a-z]{3}_[0-9a-f]{32}$/;

/**
 * Answers; and where that is "nothing here", because it is gone, mistyped or another clinic's, an event says who asked
 * for what. Of the address it repeats an id of ours and nothing else, because anything can stand in an address.
 */
export async function noteMiss(
  route: StaffRoute,
  { c, ctx }: Pick<StaffRequest, "c" | "ctx">,
  answer: () => Promise<Response>,
): Promise<Response> {
  const note = async () => {
    const id = Object.values(c.req.param()).find((value) => OUR_ID.test(value));
    const details = { route: route.path };
    await ctx.db.run(auditEvents(stamp(ctx), [{ action: "page.missed", entityId: id ?? route.path, details }]));
  };
  try {
    const response = await answer();
    if (response.status === 404) await note();
    return response;
  } catch (error) {
    if (error instanceof HearbackError && error.code === "NOT_FOUND") await note();
    throw error;
  }
}
