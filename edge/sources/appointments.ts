import { Hono } from "hono";
import { SnapshotChunk } from "../contract/appointments.ts";
import { type AppEnv, parseJson } from "../http.ts";
import { wake } from "../wake.ts";
import { ingestChunk } from "./ingest-chunk.ts";
import { signedRequest } from "./signed-request.ts";

/** `POST /t/:tenant/api/v1/appointments`: one chunk of one day's schedule, pushed by the container. */
export const appointmentPushes = new Hono<AppEnv>().post("/", async (c) => {
  const { ctx, body } = await signedRequest(c, "appointments:write");
  const chunk = parseJson(SnapshotChunk, body);
  const reply = await ingestChunk(ctx, chunk, body);
  // Also for a repeat: the first answer may have been lost on its way just before this.
  if (chunk.end) await wake(ctx);
  return c.json(reply);
});
