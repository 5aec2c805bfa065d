import type { Context as HonoContext } from "hono";
import * as z from "zod";
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

/** What somebody typed into a form that was refused, and why; nothing of either on a form that is still to be filled in. */
export type Typed = { values: Record<string, string>; problem: string | null };
export const NOTHING_TYPED: Typed = { values: {}, problem: null };

const ANSWERS = { BAD_REQUEST: 400, CONFLICT: 409 } as const;

/**
 * A posted form that nobody has to fill in twice: `act` gets it through the schema, and where it is refused (BAD_REQUEST,
 * CONFLICT) `again` shows its page once more, with what was typed and what is wrong. A script gets problem details.
 */
export async function tryForm<Schema extends z.ZodType>(
  c: HonoContext<AppEnv>,
  schema: Schema,
  act: (form: z.infer<Schema>) => Promise<Response>,
  again: (typed: Typed) => Response | Promise<Response>,
): Promise<Response> {
  const values = await readForm(c, z.record(z.string(), z.string()));
  try {
    return await act(through(schema, values));
  } catch (error) {
    const isOurs = error instanceof HearbackError && (error.code === "BAD_REQUEST" || error.code === "CONFLICT");
    if (!isOurs || !(c.req.header("accept") ?? "").includes("text/html")) throw error;
    c.status(ANSWERS[error.code as keyof typeof ANSWERS]);
    return again({ values, problem: error.message });
  }
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
  const problems = result.error.issues.map((issue) => ({
    field: issue.path.join(".") || "form",
    problem: plainly(issue),
  }));
  const told = problems.map(({ field, problem }) => `${field}: ${problem}`).join("; ");
  throw new HearbackError("BAD_REQUEST", `Please correct ${told}.`, { problems });
}

/** What is wrong with a field, for people. */
function plainly({ code, message, input }: z.core.$ZodIssue): string {
  if (code === "too_small") return "it is too short";
  if (code === "too_big") return "it is too long";
  if (code === "invalid_type" && input === undefined) return "it is missing";
  return message;
}
