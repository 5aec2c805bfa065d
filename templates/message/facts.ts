/** Where a message goes; decides what it may say and how values are made harmless. */
export type MessageChannel = "sms" | "mail" | "print";

/**
 * Everything that a message may say, as it stands at hand-off. What is not known is null or left out, and then counts
 * as missing. Instants are epoch ms; days are `YYYY-MM-DD`; every date and time is told in the office's zone.
 */
export type MessageFacts = {
  now: number;
  /** The person's language, as `en` or `es-US`; English where it is unknown. */
  language: string | null;
  timeZone: string;
  clinic: { name: string; phone: string | null; site: string | null; postalAddress: string | null };
  office: {
    name: string;
    phone: string | null;
    addressLine: string | null;
    city: string | null;
    mapUrl: string | null;
    /** By weekday, Monday first: `09:00-17:00`, or null for closed. */
    openHours: (string | null)[] | null;
  } | null;
  person: { first: string | null; last: string | null; full: string | null } | null;
  visit: { startsAt: number; endsAt: number | null; name: string | null; provider: string | null } | null;
  purchase: { purchasedAt: number; category: string | null; warrantyEndOn: string | null } | null;
  offer: { code: string | null; trackingPhone: string | null } | null;
  /** Made by our own link maker only. */
  links: Partial<Record<LinkName, string>>;
};

/** Confirm, reschedule, calendar, survey, unsubscribe. */
export type LinkName = "cl" | "rl" | "il" | "sl" | "ul";
