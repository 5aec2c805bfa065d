/** Ids, codes and counts. Never a name, number, date of birth, answer, address, URL with a token, or message text. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

export type Log = {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  with(fields: LogFields): Log;
};

/** JSON lines on stdout, the shape that the container's procedure log has too: own fields, event, level, timestamp. */
export function createLog(bound: LogFields = {}): Log {
  const write =
    (level: string) =>
    (event: string, fields: LogFields = {}) =>
      console.log(JSON.stringify({ ...bound, ...fields, event, level, timestamp: new Date().toISOString() }));
  return {
    info: write("info"),
    warn: write("warning"),
    error: write("error"),
    with: (fields) => createLog({ ...bound, ...fields }),
  };
}

/** What of an error may be logged: its class and code, not its message, which may quote what somebody sent. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { error: error.name, code, cause: error.cause instanceof Error ? error.cause.name : undefined };
}
