import { styleText } from "node:util";

/** Ids, codes and counts. Never a name, number, date of birth, address, page text, or a URL with a query. */
export type LogFields = { [field: string]: LogValue };
type LogValue = string | number | boolean | null | undefined | LogValue[] | LogFields;
type Level = "info" | "warning" | "error";

/** The same fields as the edge's log, so that one query finds both ends of a run. */
export type Log = {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A log that adds these fields to all it writes; `procedure_id` and `run_id` keep their place behind the event. */
  with(fields: LogFields): Log;
};

export type LogOptions = {
  /** For people, in colour where the terminal has it; else JSON lines. */
  pretty?: boolean;
  write?: (line: string) => void;
  /** Epoch milliseconds; with fractions where the clock has them. */
  now?: () => number;
};

/** A log to stdout: one JSON line per event, own fields first, then event, procedure, level, exception, timestamp. */
export function createLog(options: LogOptions = {}): Log {
  const { pretty = false, write = console.log, now = () => performance.timeOrigin + performance.now() } = options;
  const format = pretty ? prettyLine : jsonLine;
  const bind = (bound: LogFields): Log => {
    const at =
      (level: Level) =>
      (event: string, fields: LogFields = {}) =>
        write(format({ ...bound, ...fields }, event, level, microsecondsUtc(now())));
    return {
      info: at("info"),
      warn: at("warning"),
      error: at("error"),
      with: (fields) => bind({ ...bound, ...fields }),
    };
  };
  return bind({});
}

function jsonLine(fields: LogFields, event: string, level: Level, timestamp: string): string {
  const { procedure_id, run_id, parent_run_id, exception, ...own } = fields;
  return JSON.stringify({ ...own, event, procedure_id, run_id, parent_run_id, level, exception, timestamp });
}

function prettyLine(fields: LogFields, event: string, level: Level, timestamp: string): string {
  const { exception, ...own } = fields;
  const names = Object.keys(own).filter((name) => own[name] !== undefined);
  const pairs = names.sort().map((name) => `${styleText("cyan", name)}=${styleText("magenta", shown(own[name]))}`);
  const colour = level === "info" ? "green" : level === "error" ? "red" : "yellow";
  const line = [
    styleText("dim", timestamp.slice(11, -1)),
    `[${styleText(colour, level.padEnd(9))}]`,
    styleText("bold", event.padEnd(30)),
    ...pairs,
  ].join(" ");
  return typeof exception === "string" ? `${line}\n${exception}` : line;
}

function shown(value: LogValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `2025-11-20T14:05:09.123456Z`. */
function microsecondsUtc(at: number): string {
  const micros = String(Math.floor((at % 1) * 1000)).padStart(3, "0");
  return `${new Date(at).toISOString().slice(0, -1)}${micros}Z`;
}
