/** As what patients' texts are kept among the messages from outside. */
export const TEXT_SOURCES = ["twilio", "infobip_text"] as const;
export type TextSource = (typeof TEXT_SOURCES)[number];
