import type { TextSource } from "../../text-sources.ts";
import { openInfobipText } from "./infobip-texts.ts";

/** A kept text as its carrier wrote it, for whoever may read it. Throws when it is none. */
export function openText(source: TextSource, raw: string): { from: string; body: string } {
  if (source === "infobip_text") return openInfobipText(raw);
  const form = new URLSearchParams(raw);
  return { from: form.get("From") ?? "", body: form.get("Body") ?? "" };
}
