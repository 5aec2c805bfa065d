import type { MessageChannel } from "./facts.ts";

export type Token = {
  /** What it stands for, for whoever writes a text. */
  about: string;
  /** The first is used where none is named. */
  formats: readonly [string, ...string[]];
  /**
   * `default`: the text may give one (`{{fn|there}}`), else the message is skipped. `skip`: nothing else would be true.
   * `unset`: the clinic's own; a text that needs it cannot be saved before it is set.
   */
  whenMissing: "default" | "skip" | "unset";
  /** Where it may stand; everywhere unless it says otherwise. */
  channels?: readonly MessageChannel[];
};

const PHONE = ["national", "e164"] as const;
const DAY = ["long", "short", "year"] as const;
const MONTH = ["month", "date"] as const;

/** The words of the one grammar. A short code is what texts have always used here; it names one fact in a few formats. */
const TABLE = {
  fn: token("first name, as the person likes to be called", ["plain"], "default"),
  ln: token("last name", ["plain"], "default"),
  nm: token("full name", ["plain"], "default"),
  fi: token("first letter of the first name", ["plain"], "default"),
  ap: token("time of the visit", ["12h", "24h"], "skip"),
  az: token("short name of the office's time zone on that day", ["plain"], "skip"),
  ad: token("day of the visit", DAY, "skip"),
  as: token("day of the visit, in numbers", ["short", "year"], "skip"),
  aw: token("weekday of the visit", ["long", "short"], "skip"),
  ar: token("today, tomorrow, or the weekday of the visit", ["plain"], "skip"),
  // HIPAA's minimum: a lock screen or a postcard does not say what the visit is for.
  an: token("name of the visit", ["plain"], "default", ["mail"]),
  pv: token("who is seen", ["plain"], "default"),
  au: token("length of the visit in minutes", ["plain"], "default"),
  cl: token("link to confirm", ["plain"], "skip"),
  rl: token("link to reschedule", ["plain"], "skip"),
  il: token("link to a calendar entry", ["plain"], "skip"),
  sl: token("link to the survey", ["plain"], "skip"),
  on: token("name of the office", ["plain"], "skip"),
  op: token("phone of the office", PHONE, "skip"),
  oa: token("address of the office in one line", ["plain"], "skip"),
  oc: token("town of the office", ["plain"], "skip"),
  om: token("map of the office", ["plain"], "skip"),
  oh: token("hours of the office on the day of the visit", ["plain"], "default"),
  pd: token("day of the last purchase", MONTH, "skip"),
  pc: token("category of the last purchase", ["plain"], "skip", ["mail"]),
  py: token("whole years since the last purchase", ["plain"], "skip"),
  wd: token("end of the warranty", MONTH, "skip"),
  cn: token("name of the clinic", ["plain"], "unset"),
  cp: token("phone of the clinic", PHONE, "unset"),
  cw: token("site of the clinic", ["plain"], "unset"),
  ca: token("postal address of the clinic", ["plain"], "unset"),
  oo: token("how to stop these texts", ["plain"], "unset", ["sms"]),
  ul: token("link to unsubscribe", ["plain"], "unset", ["mail"]),
  of: token("offer code", ["plain"], "default"),
  tp: token("phone of the campaign", PHONE, "default"),
  td: token("today", DAY, "default"),
} as const;

export type TokenName = keyof typeof TABLE;
export const TOKENS: Readonly<Record<TokenName, Token>> = TABLE;

/** Whether a text may use it; names that every object has (`constructor`) are none of ours. */
export function isTokenName(name: string): name is TokenName {
  return Object.hasOwn(TABLE, name);
}

function token(
  about: string,
  formats: Token["formats"],
  whenMissing: Token["whenMissing"],
  channels?: Token["channels"],
): Token {
  return channels ? { about, formats, whenMissing, channels } : { about, formats, whenMissing };
}
