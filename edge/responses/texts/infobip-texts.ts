import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../../context.ts";
import { channelOf } from "../../delivery/channels.ts";
import { REPLY_PREFIX } from "../../delivery/infobip.ts";
import { keepPost, passwordPost, settlePost } from "../../delivery/password-post.ts";
import { HearbackError } from "../../errors.ts";
import { type AppEnv, parseJson } from "../../http.ts";
import { handleText, type ReceivedText } from "./handle-text.ts";
import { receiveText } from "./receive-text.ts";

const SOURCE = "infobip_text";
const MAX_RESULTS = 100;
const REPLY_VALID_SECONDS = 3_600;

const Post = z.object({ results: z.array(z.unknown()) });
/** `text` with the keyword still in it; `cleanText` would hide a STOP that is set up as one. */
const Result = z.object({
  messageId: z.string().min(1).max(200),
  from: z.string().min(1).max(64),
  text: z.string().max(2000).default(""),
});
type Result = z.infer<typeof Result>;

/**
 * `POST /t/:tenant/infobip/inbound`: what patients texted to an Infobip number, up to 100 in one post. Each is kept and
 * handled on its own, as Twilio's are; a post with one that cannot be read is kept for the operator. Answers go out as
 * texts under an id made of the received one's, which Infobip takes once, however often the post comes.
 */
export const infobipTexts = new Hono<AppEnv>().post("/", async (c) => {
  const { ctx, raw } = await passwordPost(c, { source: "infobip", secret: c.get("env").INFOBIP_REPORTS_SECRET });
  const { results } = parseJson(Post, raw);
  if (results.length > MAX_RESULTS) {
    throw new HearbackError("TOO_LARGE", `${results.length} results in one post; at most ${MAX_RESULTS} are taken.`);
  }
  const read = results.flatMap((result) => Result.safeParse(result).data ?? []);
  const unread = results.length - read.length;
  if (unread > 0) {
    const { key } = await keepPost(ctx, SOURCE, raw);
    await settlePost(ctx, SOURCE, key, `${unread} texts not as expected`);
  }
  for (const result of read) {
    const { intent, isRepeat, reply } = await receiveText(ctx, asText(result), JSON.stringify(result));
    if (reply !== null) await answer(ctx, result, reply);
    ctx.log.info("text received", { intent, is_repeat: isRepeat, is_answered: reply !== null });
  }
  return c.body(null, 204);
});

/** Handles a kept text again, as far as nothing has overtaken it. Nothing is texted back. */
export async function replayInfobipText(ctx: Context, { raw }: { raw: string }): Promise<void> {
  await handleText(ctx, asText(parseJson(Result, raw)), raw, { isReplay: true });
}

/** A kept text, for whoever may read it. */
export function openInfobipText(raw: string): { from: string; body: string } {
  const { from, body } = asText(parseJson(Result, raw));
  return { from, body };
}

function asText({ messageId, from, text }: Result): ReceivedText {
  return { source: SOURCE, sid: messageId, from: numberOf(from), body: text, optOutType: null };
}

/** Infobip writes numbers without the plus; short codes and names stay as they are. */
function numberOf(from: string): string {
  return /^[1-9]\d{6,14}$/.test(from) ? `+${from}` : from;
}

/** An answer that is lost is not missed: the wish itself is stored. */
async function answer(ctx: Context, { messageId, from }: Result, body: string): Promise<void> {
  const to = numberOf(from);
  const list = ctx.env.TEXT_ALLOW_LIST;
  const channel = channelOf(ctx, "infobip");
  if (!channel || (list !== "everyone" && !list.split(",").includes(to))) return;
  const id = `${REPLY_PREFIX}${messageId}`;
  const { outcome } = await channel.send({
    ...{ touchId: "", attemptId: id, messageId: id },
    ...{ to, body, mail: null, validitySeconds: REPLY_VALID_SECONDS },
  });
  if (outcome !== "accepted") ctx.log.warn("text not answered", { outcome });
}
