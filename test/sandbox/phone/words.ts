import { html } from "hono/html";
import type { Html } from "../pages/page.ts";
import type { Message } from "../twilio/account.ts";
import { segmentsOf } from "../twilio/segments.ts";

/** `+12025550101` as people write it: `(202) 555-0101`; other countries stay in E.164. */
export function readablePhone(number: string): string {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return parts ? `(${parts[1]}) ${parts[2]}-${parts[3]}` : number;
}

/** Up to two letters, or the last two digits of a number without a name. */
export function initials(name: string): string {
  const letters =
    name
      .match(/\b\p{L}/gu)
      ?.slice(0, 2)
      .join("") ?? "";
  return letters.toUpperCase() || name.slice(-2);
}

/** A steady hue for a name, so that each avatar keeps its colour. */
export function hueOf(name: string): number {
  return [...name].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 360, 7);
}

/** Whether the text reached the phone, as one would say it; `ghost` ones are not on a real phone. */
export function deliveryOf(message: Message): { label: string; look: "" | "ghost" | "ghost bad" } {
  const code = message.errorCode === null ? "" : ` (${message.errorCode})`;
  switch (message.status) {
    case "delivered":
      return { label: "Delivered", look: "" };
    case "sent":
      return { label: "Sent", look: "" };
    case "scheduled":
      return { label: `Scheduled for ${clock(message.sendAt ?? 0)}, not here yet`, look: "ghost" };
    case "canceled":
      return { label: "Cancelled before it was sent", look: "ghost" };
    case "undelivered":
    case "failed":
      return { label: `Never arrived${code}`, look: "ghost bad" };
    case "received":
      return { label: "Sent", look: "" };
    default:
      return { label: "On its way", look: "ghost" };
  }
}

/** "1 segment", "3 segments, Unicode": what the text costs. */
export function sizeOf(message: Message): string {
  const { count, encoding } = segmentsOf(message.body);
  return `${count} ${count === 1 ? "segment" : "segments"}${encoding === "UCS-2" ? ", Unicode" : ""}`;
}

/** The body with its links made clickable; everything else stays text. */
export function linked(body: string): Html {
  const parts = body.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/);
  return html`${parts.map((part, index) =>
    index % 2 === 1 ? html`<a href="${part}" target="_blank" rel="noopener">${part}</a>` : part,
  )}`;
}

/** Time of day on this machine, as a phone shows it. */
export function clock(at: number): string {
  return new Intl.DateTimeFormat("en-US", { timeStyle: "short" }).format(at);
}

/** "Today", "Yesterday" or the date, on this machine's calendar. */
export function dayOf(at: number, now: number): string {
  const day = new Date(at).toDateString();
  if (day === new Date(now).toDateString()) return "Today";
  if (day === new Date(now - 86_400_000).toDateString()) return "Yesterday";
  return new Intl.DateTimeFormat("en-US", { weekday: "long", month: "long", day: "numeric" }).format(at);
}
