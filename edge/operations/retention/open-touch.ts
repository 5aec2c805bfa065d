import { sql } from "drizzle-orm";

/** States in which a message may still leave, or is looked after: nothing that it needs is purged. */
export const OPEN_TOUCH = sql.raw("('planned', 'claimed', 'sending', 'unknown', 'parked')");
