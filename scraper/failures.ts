/**
 * Every way a scrape can fail, and what to do about it:
 * `credentials` and `mfa` are never tried again (lockout), `session` heals by signing in once more, `transient` by
 * loading the page again, `layout` needs a person, `date` spoils that day only, `setup` is wrong on our side.
 * `abandoned` work was begun ahead of time and not wanted in the end.
 */
const CLASSES = {
  bad_credentials: "credentials",
  login_unanswered: "credentials",
  mfa_timeout: "mfa",
  mfa_rejected: "mfa",
  portal_bad_credentials: "mfa",
  portal_totp_rejected: "mfa",
  portal_unreachable: "mfa",
  session_expired: "session",
  layout_changed: "layout",
  agenda_unreachable: "layout",
  date_unreachable: "date",
  wrong_day: "date",
  rows_unsettled: "transient",
  ehr_unavailable: "transient",
  browser_trouble: "transient",
  browser_missing: "setup",
  deadline_exceeded: "deadline",
  abandoned: "deadline",
} as const;

export type FailureCode = keyof typeof CLASSES;
export type FailureClass = (typeof CLASSES)[FailureCode];

/** A named failure. `detail` is for the log and never holds text of a page. */
export class ScrapeFailure extends Error {
  readonly code: FailureCode;
  readonly class: FailureClass;
  readonly detail: string | undefined;

  constructor(code: FailureCode, detail?: string) {
    super(detail ? `${code}: ${detail}` : code);
    this.name = "ScrapeFailure";
    this.code = code;
    this.class = CLASSES[code];
    this.detail = detail;
  }

  /** True if the days that are left may still be read. */
  get endsOnlyTheDay(): boolean {
    return this.class === "date" || this.class === "transient" || this.class === "layout";
  }
}
