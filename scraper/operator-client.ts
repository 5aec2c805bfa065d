import type * as z from "zod";
import { OperatorEnv, readSettings } from "./settings.ts";
import { postSigned, understand } from "./signed-post.ts";

/**
 * Asks the edge as its operator, with `EDGE_URL` and `OPERATOR_SECRET` of the environment. `once` is for what may not
 * be said twice. Throws `SettingsError` or `EdgeFailure`.
 */
export async function askEdge<Schema extends z.ZodType>(
  path: string,
  content: unknown,
  answer: Schema,
  options: { once?: boolean } = {},
): Promise<z.infer<Schema>> {
  const { EDGE_URL: url, OPERATOR_SECRET: keySecret } = readSettings(OperatorEnv, process.env);
  const line = { base: `${url.replace(/\/+$/, "")}/admin/v1`, keyId: "operator", keySecret };
  const retries = options.once ? { options: { retryPausesMs: [] } } : {};
  return understand(answer, path, await postSigned({ ...line, ...retries }, path, content));
}
