import * as z from "zod";
import { seedDay } from "./seed-day.ts";

/** One visit as the front desk typed it. All people are invented. */
export const Visit = z.object({
  patientName: z.string(),
  nickname: z.string().optional(),
  birthDate: z.iso.date(),
  /** As shown, such as `M. (202) 555-0101`; M mobile, H home. */
  phones: z.array(z.string()),
  /** Clinic-local `HH:MM`. */
  startsAt: z.string().regex(/^\d{2}:\d{2}$/),
  minutes: z.int().default(30),
  provider: z.string(),
  type: z.string(),
  status: z.string(),
});
export type Visit = z.infer<typeof Visit>;

const COLUMNS = ["status", "patient", "time", "provider", "type"] as const;

/** Ways in which the real page has failed, or may. Everything off is a good day. */
export const Switches = z.strictObject({
  /** The page has none of the usual signs of a session but its schedule link. */
  noMarkers: z.boolean().default(false),
  /** So many deep links to the agenda land on home; the link on the page works. */
  deepLinkBounce: z.int().default(0),
  /** The session dies with the nth date change; 0 never. */
  expireAfter: z.int().default(0),
  badPassword: z.boolean().default(false),
  /** Off: a browser that has passed once is not asked again. */
  mfaAlways: z.boolean().default(true),
  /** The next code is refused although it is right. */
  mfaWrongOnce: z.boolean().default(false),
  codeNever: z.boolean().default(false),
  /** When the password is accepted, before any code is asked for, a code of some earlier sign-in reaches the phone. */
  codeStale: z.boolean().default(false),
  noPickerInput: z.boolean().default(false),
  /** The patient search, first text box of the document, is open and has the focus. */
  searchBoxTrap: z.boolean().default(false),
  /** Toolbar buttons hear only `element.click()`. */
  pointerClickDead: z.boolean().default(false),
  /** So many clicks on the toolbar do nothing. */
  clickLost: z.int().default(0),
  /** Days that the page skips. */
  skippedDays: z.array(z.iso.date()).default([]),
  printTextTwice: z.boolean().default(false),
  printMissing: z.boolean().default(false),
  /** `page`: header and rows of the day before; `rows`: only its rows, under the right header. */
  printStale: z.enum(["no", "page", "rows"]).default("no"),
  printEmpty: z.boolean().default(false),
  /** The print view does not close. */
  printSticky: z.boolean().default(false),
  headerFormat: z.enum(["A", "B", "C"]).default("A"),
  layout: z.enum(["print", "main", "legacy", "none"]).default("print"),
  /** The first row of the day lacks this cell. */
  missingCell: z.enum(["", ...COLUMNS]).default(""),
  /** Entering the agenda asks a native question; "cancel" leads back home. */
  nativeAlert: z.boolean().default(false),
  /** The second half of the rows comes 200 ms after the first, with no further request. */
  rowsInParts: z.boolean().default(false),
  tableNever: z.boolean().default(false),
  /** So many answers (document and rows) are 500. */
  http500: z.int().default(0),
  emptyDay: z.boolean().default(false),
});
export type Switches = z.infer<typeof Switches>;

/** Milliseconds the page takes for things; `codeMs` is the way of a code to the phone. */
export const Delays = z.strictObject({
  renderMs: z.int().default(400),
  redirectMs: z.int().default(800),
  headerMs: z.int().default(300),
  rowsMs: z.int().default(600),
  printMs: z.int().default(600),
  pollMs: z.int().default(300),
  codeMs: z.int().default(5_000),
});
export type Delays = z.infer<typeof Delays>;

/** What the EHR wrote down about its visitors, in order. */
export type Attempt = { kind: "login" | "code_request" | "code"; ok: boolean };
export type Click = { element: string; trusted: boolean };

export type World = {
  account: { username: string; password: string };
  sessionTtlMs: number;
  now: () => number;
  switches: Switches;
  delays: Delays;
  days: Map<string, Visit[]>;
  /** Token to the instant it ends. */
  sessions: Map<string, number>;
  /** Browsers that know the password and still owe a code: cookie to the code asked for. */
  pending: Map<string, string>;
  knownDevices: Set<string>;
  dateChanges: number;
  /** Zone of the last browser that opened the page, by its own account. */
  browserZone: string;
  attempts: Attempt[];
  clicks: Click[];
};

/** The visits of a day: those set by a test, else the seeded ones. */
export function visitsOf(world: World, on: string): Visit[] {
  if (world.switches.emptyDay) return [];
  return world.days.get(on) ?? seedDay(on);
}

/** Today as the clinic's wall calendar has it, `YYYY-MM-DD` in New York. */
export function today(world: World): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "America/New_York" }).format(world.now());
}
