import type { pauses, touches } from "../../db/schema/engagement.ts";
import type { Context } from "../context.ts";
import { reasonWords } from "./reason-words.ts";
import { whenAt } from "./time.ts";
import type { Group } from "./today/visit-state.ts";
import { kindWords, type State } from "./words.ts";

type Touch = typeof touches.$inferSelect;

/** Where one message stands: "will be asked 9:00 AM", "asked, delivered", "not asked: no phone". */
export function touchState(
  ctx: Context,
  touch: Touch,
  pausing: (typeof pauses.$inferSelect)[],
  now: number,
): State & { group: Group } {
  const { will, done, not } = kindWords(touch.kind);
  const why = reasonWords(touch.reason).short;
  if (touch.channel === "print" && IN_A_MAILING[touch.status]) {
    return { group: "asked", tone: "wait", label: IN_A_MAILING[touch.status] ?? "" };
  }
  switch (touch.status) {
    case "planned":
      return planned(ctx, touch, pausing, now, will);
    case "claimed":
    case "sending":
      return { group: "asked", tone: "wait", label: "being sent" };
    case "accepted":
    case "sent":
      return { group: "asked", tone: "wait", label: `${done}, on its way` };
    case "delivered":
      return { group: "asked", tone: "ok", label: `${done}, delivered` };
    case "undelivered":
    case "failed":
      return { group: "attention", tone: "bad", label: `not delivered: ${why || "carrier could not deliver it"}` };
    case "skipped":
    case "cancelled":
    case "expired":
      return { group: "not_asked", tone: "off", label: why ? `${not}: ${why}` : not };
    case "unknown":
      return { group: "asked", tone: "warn", label: "sent? being checked", detail: reasonWords("in_doubt").short };
    case "parked":
      return { group: "attention", tone: "bad", label: "needs your decision", detail: why };
  }
}

/** What a letter waits for between its due time and the post. */
const IN_A_MAILING: Partial<Record<Touch["status"], string>> = {
  claimed: "on the list of a mailing",
  sending: "printer gets the list",
  accepted: "being printed",
};

/** Why a message waits that somebody should know of. */
const KEPT = ["data_too_old", "sender_stopped", "provider_away", "not_active"];

function planned(
  ctx: Context,
  touch: Touch,
  pausing: (typeof pauses.$inferSelect)[],
  now: number,
  will: string,
): State & { group: Group } {
  if (pausing.some(({ kind }) => kind === null || kind === touch.kind)) {
    return { group: "to_ask", tone: "warn", label: `waits: ${reasonWords("paused").short}` };
  }
  const why = reasonWords(touch.reason).short;
  if (KEPT.includes(touch.reason ?? "")) {
    return { group: "attention", tone: "warn", label: `waits: ${why}` };
  }
  if (touch.dueAt <= now) return { group: "to_ask", tone: "wait", label: `${will} now` };
  const at = whenAt(touch.dueAt, now, ctx.tenant.settings.office.timeZone);
  return {
    group: "to_ask",
    tone: "wait",
    label: `${will} ${/^\d/.test(at) ? "at " : ""}${at}`,
    ...(why && { detail: why }),
  };
}
