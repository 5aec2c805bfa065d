/** Ids, codes and counts. Never a name, number, date of birth, answer, address, URL with a token, or message text. */
export type LogFields = { [field: string]: LogValue };
type LogValue = string | number | boolean | null | undefined | LogValue[] | LogFields;

export type Log = {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  with(fields: LogFields): Log;
};

/** JSON lines on stdout, the shape of the container's log too: own fields, event, procedure, level, timestamp. */
export function createLog(bound: LogFields = {}): Log {
  const write =
    (level: string) =>
    (event: string, fields: LogFields = {}) => {
      const { procedure_id, run_id, parent_run_id, ...own } = { ...bound, ...fields };
      const timestamp = new Date().toISOString();
      console.log(JSON.stringify({ ...own, event, procedure_id, run_id, parent_run_id, level, timestamp }));
    };
  return {
    info: write("info"),
    warn: write("warning"),
    error: write("error"),
    with: (fields) => createLog({ ...bound, ...fields }),
  };
}

/** The same on one line, to be kept with what failed. */
export function errorReason(error: unknown): string {
  return Object.values(errorFields(error)).join(" ");
}

/** What of an error may be logged: its class and code, not its message, which may quote what somebody sent. */
export function errorFields(error: unknown): { error: string; code?: string; cause?: string } {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  return { error: error.name, ...code, ...(error.cause instanceof Error && { cause: error.cause.name }) };
}
