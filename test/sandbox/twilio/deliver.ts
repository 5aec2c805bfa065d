import type { Later } from "../later.ts";
import { type Account, blockKey, type Message, type Status, senderFor, setStatus } from "./account.ts";
import type { Step } from "./steps.ts";
import { postWebhook } from "./webhook.ts";
import { API_VERSION } from "./wire.ts";

type Ending = Pick<Extract<Step, { does: "accept" }>, "ends" | "errorCode">;

const WAY: Status[] = ["queued", "sending", "sent"];

/** Moves an accepted message along to its ending and tells the product at each status, in the tuned order and speed. */
export function deliver(account: Account, later: Later, message: Message, ending: Ending): void {
  const { statusStepMs, callbackLagMs } = account.tuning;
  const moves = movesOf(account, message, ending);
  const tellOrder = orderOf(account, moves.length);
  moves.forEach((move, index) => {
    later.run((index + 1) * statusStepMs, () => setStatus(account, message, move.status, move.errorCode));
    const tellAt = (tellOrder[index] ?? index) + 1;
    tell(account, later, message, move, tellAt * statusStepMs + callbackLagMs);
  });
}

/** Tells the product of one status of a message, as often as tuned, unless callbacks are off or none was asked for. */
export function tell(account: Account, later: Later, message: Message, move: Move, delayMs: number): void {
  const { callbacks, callbackCopies } = account.tuning;
  const url = message.statusCallback;
  if (!url || callbacks === "none") return;
  for (let copy = 0; copy < callbackCopies; copy++) {
    later.run(delayMs, async (signal) => {
      const response = await postWebhook(account, url, callbackParams(account, message, move), signal);
      const { sid, to } = message;
      account.note({ event: "callback", sid, to, status: move.status, url, httpStatus: response?.status ?? 0 });
    });
  }
}

type Move = { status: Status; errorCode: number | null };

function movesOf(account: Account, message: Message, { ends, errorCode }: Ending): Move[] {
  if (isBlocked(account, message)) return [{ status: "failed", errorCode: 21610 }];
  const stop = WAY.indexOf(ends);
  const way = stop === -1 ? WAY : WAY.slice(0, stop + 1);
  const moves: Move[] = way.map((status) => ({ status, errorCode: null }));
  return stop === -1 ? [...moves, { status: ends, errorCode: errorCode ?? null }] : moves;
}

/** The carrier's own answer to a STOP still goes through. */
function isBlocked(account: Account, message: Message): boolean {
  if (message.direction !== "outbound-api") return false;
  return account.blocks.has(blockKey(message.to, senderFor(account, { number: message.from })));
}

/** At which place each callback is sent: `[2, 1, 0]` tells of the last status first. */
function orderOf(account: Account, count: number): number[] {
  const places = Array.from({ length: count }, (_, index) => index);
  if (account.tuning.callbackOrder === "reversed") return places.reverse();
  if (account.tuning.callbackOrder === "in-order") return places;
  return places
    .map((place) => ({ place, key: account.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ place }) => place);
}

function callbackParams(account: Account, message: Message, move: Move): Record<string, string> {
  return {
    AccountSid: account.accountSid,
    ApiVersion: API_VERSION,
    ...(move.errorCode === null ? {} : { ErrorCode: String(move.errorCode) }),
    From: message.from,
    MessageSid: message.sid,
    MessageStatus: move.status,
    ...(message.serviceSid ? { MessagingServiceSid: message.serviceSid } : {}),
    // A field Twilio adds without notice: products must sign over what they do not know.
    ...(move.status === "delivered" ? { RawDlrDoneDate: rawDate(account.now()) } : {}),
    SmsSid: message.sid,
    SmsStatus: move.status,
    To: message.to,
  };
}

function rawDate(at: number): string {
  return new Date(at).toISOString().replace(/[-T:]/g, "").slice(2, 12);
}
