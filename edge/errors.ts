/** What can go wrong, in one closed list. Knows no HTTP: `http.ts` maps codes to answers. */
export const ERROR_CODES = [
  "BAD_REQUEST",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "METHOD_NOT_ALLOWED",
  "CONFLICT",
  "TOO_LARGE",
  "URL_TOO_LONG",
  "UNSUPPORTED_TYPE",
  "TOO_MANY",
  "UNAVAILABLE",
  "BAD_ENVIRONMENT",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export type FieldProblem = { field: string; problem: string };

/** An expected failure. The message is for the caller: it names the fix and never holds anything about a person. */
export class HearbackError extends Error {
  readonly code: ErrorCode;
  readonly problems: FieldProblem[];

  constructor(code: ErrorCode, message: string, options: { problems?: FieldProblem[]; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "HearbackError";
    this.code = code;
    this.problems = options.problems ?? [];
  }
}
