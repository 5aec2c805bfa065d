import { Hono } from "hono";
import { SnapshotChunk } from "../contract/appointments.ts";
import { type AppEnv, parseJson } from "../http.ts";
import { ingestChunk } from "./ingest-chunk.ts";
import { signedRequest } from "./signed-request.ts";

/** `POST /t/:tenant/api/v1/appointments`: one chunk of one day's schedule, pushed by the container. */
export const appointmentPushes = new Hono<AppEnv>().post("/", async (c) => {
  const { ctx, body } = await signedRequest(c, "appointments:write");
  return c.json(await ingestChunk(ctx, parseJson(SnapshotChunk, body), body));
});
