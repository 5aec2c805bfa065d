import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../../context.ts";
import { verifiedTwilioForm } from "../../delivery/verify-twilio.ts";
import { HearbackError } from "../../errors.ts";
import type { AppEnv } from "../../http.ts";
import { handleText, type ReceivedText } from "./handle-text.ts";
import { receiveText } from "./receive-text.ts";

/** Pictures and unknown further parameters are kept with the raw message; no address in them is ever fetched. */
const InboundForm = z.object({
  MessageSid: z.string().min(1).max(64),
  From: z.string().min(1).max(64),
  Body: z.string().max(2000).default(""),
  OptOutType: z.enum(["STOP", "START", "HELP"]).nullable().default(null).catch(null),
});

/** `POST /t/:tenant/twilio/inbound`: what a patient texted. Answers TwiML, empty or with one reply. */
export const inboundTexts = new Hono<AppEnv>().post("/", async (c) => {
  const { ctx, form, body: raw } = await verifiedTwilioForm(c);
  const { intent, isRepeat, reply } = await receiveText(ctx, readForm(form), raw);
  ctx.log.info("text received", { intent, is_repeat: isRepeat, is_answered: reply !== null });
  return c.body(twiml(reply), 200, { "content-type": "text/xml; charset=utf-8" });
});

/** Handles a kept text again, as far as nothing has overtaken it. Nothing is texted back. */
export async function replayText(ctx: Context, { raw }: { raw: string }): Promise<void> {
  await handleText(ctx, readForm(Object.fromEntries(new URLSearchParams(raw))), raw, { isReplay: true });
}

function readForm(form: Record<string, string>): ReceivedText {
  const read = InboundForm.safeParse(form);
  if (!read.success) throw new HearbackError("BAD_REQUEST", "MessageSid and From are needed.");
  const { MessageSid: sid, From: from, Body: body, OptOutType: optOutType } = read.data;
  return { source: "twilio", sid, from, body, optOutType };
}

function twiml(reply: string | null): string {
  const message = reply === null ? "" : `<Message>${escaped(reply)}</Message>`;
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${message}</Response>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
