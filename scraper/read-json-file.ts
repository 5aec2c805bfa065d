import { readFile } from "node:fs/promises";
import * as z from "zod";

const Content = z.record(z.string(), z.unknown());

/**
 * A JSON object out of a file that the command line names. The error names the file and what is wrong with it, and
 * quotes nothing of it: it may hold a secret.
 */
export async function readJsonFile(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, "utf8").catch(() => {
    throw new Error(`${path}: there is no such file, or it may not be read`);
  });
  const content = Content.safeParse(parse(text));
  if (content.success) return content.data;
  throw new Error(`${path}: expected a JSON object, as a file in templates/tenants has one`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
