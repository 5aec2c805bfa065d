import * as z from "zod";
import { type AfterPause, liftPause } from "../../delivery/lift-pause.ts";
import { setPause } from "../../delivery/pause.ts";
import { HearbackError } from "../../errors.ts";
import { instantOf } from "../../sources/read-rows.ts";
import { wake } from "../../wake.ts";
import { readForm } from "../form.ts";
import type { StaffRequest } from "../staff.ts";
import { KINDS } from "../words.ts";

const PauseForm = z.object({
  kind: z.union([z.literal(""), z.enum(KINDS as [string, ...string[]])]),
  reason: z.string().min(1).max(200),
});

const LiftForm = z.object({
  fate: z.enum(["resume", "drop", "retime"]),
  at: z
    .union([z.literal(""), z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/, "expected a day and a time")])
    .default(""),
});

const MOST_AHEAD_MS = 30 * 86_400_000;

/** `POST /pause`: the brake. */
export async function pauseMessages({ c, ctx, base }: StaffRequest): Promise<Response> {
  const { kind, reason } = await readForm(c, PauseForm);
  const isSet = await setPause(ctx, { kind: kind || null, reason });
  return c.redirect(`${base}/pause?done=${isSet ? "paused" : "paused-already"}`, 303);
}

/** `POST /pause/:id/lift`: off the brake, with a decision about what waited. */
export async function liftMessages(request: StaffRequest): Promise<Response> {
  const { c, ctx, base } = request;
  const form = await readForm(c, LiftForm);
  const after: AfterPause =
    form.fate === "retime" ? { fate: "retime", at: readTime(request, form.at) } : { fate: form.fate };
  const isLifted = await liftPause(ctx, c.req.param("id") ?? "", after);
  if (isLifted) await wake(ctx);
  return c.redirect(`${base}/pause?done=${isLifted ? `lifted-${form.fate}` : "gone"}`, 303);
}

function readTime({ ctx }: StaffRequest, local: string): number {
  const at = local ? instantOf(local, ctx.tenant.settings.office.timeZone) : null;
  if (at === null) throw new HearbackError("BAD_REQUEST", "Give the day and time at which it shall be sent.");
  if (at <= ctx.now() || at > ctx.now() + MOST_AHEAD_MS) {
    throw new HearbackError("BAD_REQUEST", "Choose a time between now and thirty days from now.");
  }
  return at;
}
