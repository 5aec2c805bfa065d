import { readFileSync } from "node:fs";
import * as z from "zod";
import { SettingsError } from "../settings.ts";
import { SycleMapping } from "./mapping.ts";

/** The mapping in a file, or ours without one. Throws a `SettingsError` that names `setting` and the field. */
export function readMapping(setting: string, file: string | undefined): SycleMapping {
  if (!file) return SycleMapping.parse({});
  try {
    return SycleMapping.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const where = error instanceof z.ZodError ? z.prettifyError(error) : "no JSON file";
    throw new SettingsError(`${setting}: ${where}`);
  }
}
