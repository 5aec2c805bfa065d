import type { ErrorMeaning, ProviderWords, Step } from "./channel.ts";

/** Sent again under an id that Infobip has already: so the first one was taken. */
export const DUPLICATE = "REJECTED_DUPLICATE_MESSAGE_ID";

/** Infobip's statuses and errors by name (its page "Response status and error codes"). */
export const infobipWords: ProviderWords = {
  stepOf(status) {
    // About the repeat, not about the message; a report that never came says nothing of its arrival.
    if (status === DUPLICATE || status === "EXPIRED_DLR_UNKNOWN") return null;
    if (status === "DELIVERED_TO_OPERATOR") return "sent";
    return STEPS[status.split("_", 1)[0] ?? ""] ?? null;
  },
  meaningOf: (errorCode) => MEANINGS[errorCode ?? ""] ?? "other",
  namesPrices: true,
};

/** By the group, which is the first word of every status. */
const STEPS: Record<string, Step> = {
  MESSAGE: "accepted",
  PENDING: "accepted",
  DELIVERED: "delivered",
  UNDELIVERABLE: "undelivered",
  EXPIRED: "undelivered",
  REJECTED: "failed",
};

const MEANINGS: Record<string, ErrorMeaning> = {
  // Its blocklist and the do-not-disturb registers: whoever is on them asked for it.
  REJECTED_DND: "opted_out",
  REJECTED_DESTINATION: "opted_out",
  REJECTED_DESTINATION_BLOCK: "opted_out",
  EC_DEST_ADDRESS_BLACKLISTED: "opted_out",
  REJECTED_INVALID_DESTINATION: "invalid_phone",
  REJECTED_PREFIX_MISSING: "invalid_phone",
  MISSING_TO: "invalid_phone",
  EC_UNKNOWN_SUBSCRIBER: "unreachable",
  EC_UNIDENTIFIED_SUBSCRIBER: "unreachable",
  EC_ABSENT_SUBSCRIBER: "handset_off",
  EC_ABSENT_SUBSCRIBER_SM: "handset_off",
  EC_SUBSCRIBER_BUSY_FOR_MT_SMS: "handset_off",
  EC_MESSAGE_WAITING_LIST_FULL: "handset_off",
  EC_SM_DF_memoryCapacityExceeded: "handset_off",
  EXPIRED_EXPIRED: "handset_off",
  REJECTED_FLOODING_FILTER: "filtered",
  // Wrong with the account or its sender, so with every message of it.
  REJECTED_NOT_ENOUGH_CREDITS: "sender_stopped",
  REJECTED_PREPAID_PACKAGE_EXPIRED: "sender_stopped",
  REJECTED_SOURCE: "sender_stopped",
  REJECTED_SENDER: "sender_stopped",
  REJECTED_DESTINATION_NOT_REGISTERED: "sender_stopped",
  http_401: "sender_stopped",
  http_403: "sender_stopped",
  http_404: "sender_stopped",
};
