import * as z from "zod";

/** How long each condition may take, in milliseconds. The defaults suit the real site on a bad day. */
export const Limits = z.object({
  /** Any page's first sign of life. */
  pageMs: z.int().default(30_000),
  /** From "Log in" to an answer: next page or refusal. */
  loginMs: z.int().default(15_000),
  /** From asking for a code to having it. */
  mfaCodeMs: z.int().default(90_000),
  /** The agenda, by its address or by one click on the link to it. */
  agendaMs: z.int().default(20_000),
  /** A native-looking control to answer a click, or the header a date. */
  controlMs: z.int().default(10_000),
  /** The header to answer one click on a day arrow. */
  arrowMs: z.int().default(4_000),
  /** The rows of a day, all there. */
  rowsMs: z.int().default(45_000),
  /** Rows count as settled when two looks this far apart see the same. */
  stableMs: z.int().default(250),
  /** Rows that look like those of the day before count only after this long. */
  unchangedMs: z.int().default(3_000),
  printMs: z.int().default(10_000),
  /** The whole run. */
  runMs: z.int().default(15 * 60_000),
  /** Between two looks at the page. */
  pollMs: z.int().default(50),
});
export type Limits = z.infer<typeof Limits>;

/** What the connector must know of one Practice Fusion account. */
export const PracticeFusionSettings = z.object({
  /** Origin and path of the one document that holds the EHR. */
  baseUrl: z.url().default("https://static.practicefusion.com/apps/ehr/index.html"),
  username: z.string().min(1),
  password: z.string().min(1),
  /** Further hosts that the page may load from; its own site is always allowed. */
  hosts: z.array(z.string()).default([]),
  /** IANA zone of the clinic: what the browser takes its own clock's zone to be, wherever it runs. */
  timeZone: z.string().default("America/New_York"),
  /** Providers as this clinic words them, for telling columns apart. */
  providers: z.array(z.string()).default([]),
  limits: Limits.prefault({}),
});
export type PracticeFusionSettings = z.infer<typeof PracticeFusionSettings>;
