/** All tables of one tenant's database, for drizzle-kit and for queries. */
export * from "./engagement.ts";
export * from "./erased.ts";
export * from "./exports.ts";
export * from "./imports.ts";
export * from "./nudges.ts";
export * from "./operations.ts";
export * from "./people.ts";
export * from "./reports.ts";
export * from "./surveys.ts";
export * from "./visits.ts";
