import type { ErrorMeaning, ProviderWords } from "./channel.ts";

export const twilioWords: ProviderWords = {
  stepOf(status) {
    switch (status) {
      case "accepted":
      case "queued":
      case "sending":
      case "scheduled":
        return "accepted";
      case "sent":
        return "sent";
      case "delivered":
      case "read":
        return "delivered";
      case "undelivered":
        return "undelivered";
      case "failed":
      case "canceled":
        return "failed";
      default:
        return null;
    }
  },
  meaningOf: (errorCode) => MEANINGS[errorCode ?? ""] ?? "other",
  namesPrices: true,
};

/** By Twilio's error pages. What is wrong with account, service or sender is `sender_stopped`; 30034 comes late, as `undelivered`. */
const MEANINGS: Record<string, ErrorMeaning> = {
  21610: "opted_out",
  21211: "invalid_phone",
  21604: "invalid_phone",
  21614: "invalid_phone",
  21635: "landline",
  30006: "landline",
  // Out of reach today is no reason never to write again.
  30003: "handset_off",
  30004: "blocked",
  30005: "unreachable",
  30007: "filtered",
  20003: "sender_stopped",
  20404: "sender_stopped",
  21212: "sender_stopped",
  21606: "sender_stopped",
  21701: "sender_stopped",
  21703: "sender_stopped",
  21705: "sender_stopped",
  30002: "sender_stopped",
  30034: "sender_stopped",
  http_401: "sender_stopped",
  http_403: "sender_stopped",
  http_404: "sender_stopped",
};
