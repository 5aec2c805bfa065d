import type { Context as HonoContext } from "hono";
import type * as z from "zod";
import { HearbackError } from "../errors.ts";
import { type AppEnv, readBody } from "../http.ts";

const MAX_BODY_BYTES = 20_000;

/**
 * A posted form through a schema; text comes trimmed and in NFC. Throws UNSUPPORTED_TYPE for anything but a plain form,
 * BAD_REQUEST for a field given twice or not as the schema wants it, naming the field and not what was sent.
 */
export async function readForm<Schema extends z.ZodType>(
  c: HonoContext<AppEnv>,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const type = (c.req.header("content-type") ?? "").split(";")[0]?.trim();
  if (type !== "application/x-www-form-urlencoded") throw new HearbackError("UNSUPPORTED_TYPE", "Expected a form.");
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(await readBody(c.req.raw, MAX_BODY_BYTES))) {
    if (fields.has(name)) throw new HearbackError("BAD_REQUEST", `${name} was given twice.`);
    fields.set(name, value.normalize("NFC").trim());
  }
  return through(schema, Object.fromEntries(fields));
}

/** The query of a page through a schema. Throws BAD_REQUEST for a field given twice or not as the schema wants it. */
export function readQuery<Schema extends z.ZodType>(c: HonoContext<AppEnv>, schema: Schema): z.infer<Schema> {
  const queries = Object.entries(c.req.queries());
  const twice = queries.find(([, values]) => values.length > 1);
  if (twice) throw new HearbackError("BAD_REQUEST", `${twice[0]} was given twice.`);
  return through(schema, Object.fromEntries(queries.map(([name, [value]]) => [name, value])));
}

function through<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => ({
    field: path.join(".") || "form",
    problem: message,
  }));
  const told = problems.map(({ field, problem }) => `${field}: ${problem}`).join("; ");
  throw new HearbackError("BAD_REQUEST", `Please correct ${told}.`, { problems });
}
