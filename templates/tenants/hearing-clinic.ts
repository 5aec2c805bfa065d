/** What the kits of hearing-aid practices share: their systems' words, wordings and roles. Invented people only. */

/** The words that Sycle and Concrete use for a visit's status. */
export const HEARING_STATUSES = {
  "Not Confirmed": "pending",
  Confirmed: "booked",
  Tentative: "pending",
  Arrived: "arrived",
  Completed: "fulfilled",
  Cancelled: "cancelled",
  Rescheduled: "cancelled",
  "No Show": "noshow",
} as const;

/** Every 40 minutes from 8 to 18 at the office, nudges after their refresh. */
export function refreshes(source: string) {
  return [
    { kind: "import", source, everyMinutes: 40, windowOpens: "08:00", windowCloses: "18:00", timeoutMinutes: 15 },
  ] as const;
}

export const HEARING_TEMPLATES = [
  {
    key: "visit-day-before",
    channel: "sms",
    category: "transactional",
    wordings: {
      en: {
        body: "{{cn}}: {{fn|hello}}, see you {{aw:short}} {{as}} at {{ap}}. Confirm: {{cl}} Reply STOP to opt out.",
      },
      es: {
        body: "{{cn}}: {{fn|hola}}, su visita: {{as}}, {{ap}} Confirme: {{cl}} STOP para no recibir mas.",
      },
    },
  },
  {
    key: "visit-soon",
    channel: "sms",
    category: "transactional",
    wordings: {
      en: { body: "{{cn}}: {{fn|hello}}, your visit is today at {{ap}}. Running late? {{cp}}. Reply STOP to opt out." },
      es: {
        body: "{{cn}}: {{fn|hola}}, su visita es hoy a las {{ap}}. Si se retrasa: {{cp}}. Responda STOP para no recibir mas.",
      },
    },
  },
  {
    key: "after-visit",
    channel: "sms",
    category: "care",
    wordings: {
      en: { body: "{{cn}}: {{fn|hello}}, thank you for coming in. Questions? {{cp}}. Reply STOP to opt out." },
      es: { body: "{{cn}}: {{fn|hola}}, gracias por su visita. Preguntas: {{cp}}. Responda STOP para no recibir mas." },
    },
  },
  {
    key: "time-to-look-again",
    channel: "sms",
    category: "marketing",
    wordings: {
      en: { body: "{{cn}}: {{fn|hello}}, it has been a while. Come in and let us have a look: {{cp}}. {{oo}}" },
      es: { body: "{{cn}}: {{fn|hola}}, ha pasado tiempo. Venga a vernos: {{cp}}. {{oo}}" },
    },
  },
] as const;

/** A postcard, read by whoever empties the letter box: it says nothing of a visit, a purchase or what the clinic treats. */
export const CARD_TEMPLATE = {
  key: "time-to-look-again-card",
  channel: "print",
  category: "marketing",
  wordings: {
    en: {
      subject: "{{fn}}, it has been a while",
      body: "Dear {{fn}}, it has been some time since we saw you. Come in and let us have a look, at no charge. Call {{cp}} and say that the card sent you. Your {{cn}}",
    },
    es: {
      subject: "{{fn}}, ha pasado tiempo",
      body: "{{fn}}, ha pasado tiempo desde su última visita. Venga a vernos, sin costo. Llame al {{cp}} y diga que recibió esta tarjeta. {{cn}}",
    },
  },
} as const;

/** Who works there, by what they may do. */
export function hearingStaff(domain: string) {
  return (["admin", "clinic_lead", "front_desk", "analyst", "auditor"] as const).map((role) => ({
    email: `${role.replace("_", ".")}@${domain}`,
    role,
  }));
}

const DAY_BEFORE = {
  channel: "sms",
  anchor: "appointment_start",
  offsetHours: -24,
  quietRule: "earlier",
  minLeadMinutes: 240,
  template: "visit-day-before",
} as const;

const TWO_HOURS = {
  channel: "sms",
  anchor: "appointment_start",
  offsetHours: -2,
  quietRule: "drop",
  minLeadMinutes: 45,
  template: "visit-soon",
} as const;

/** Reminders a day and two hours before a visit, of every name but these. */
export function reminders(excludeNames: string[]) {
  return {
    code: "aprmh",
    name: "Visit reminders",
    category: "transactional",
    audience: { kind: "appointment_reminder", excludeNames },
    steps: [DAY_BEFORE, TWO_HOURS],
  } as const;
}

/** Who bought three years ago at a visit, and nothing since. Waits for a second person, as marketing does. */
export const UPGRADE = {
  code: "aschh",
  name: "Three years on",
  category: "marketing",
  audience: {
    kind: "purchase_aggregate",
    link: "same_day",
    lastDaysAgo: { from: 1_065, to: 1_125 },
    absent: { futureAppointment: true },
  },
  steps: [{ channel: "sms", anchor: "entered_audience", offsetHours: 0, template: "time-to-look-again" }],
  holdoutPercent: 10,
} as const;

/**
 * The same people, by post: a card each, of which a tenth gets none, so that it is seen what the card brings. Whom no card
 * can reach gets the text, where they said yes to offers.
 */
export const UPGRADE_BY_POST = {
  ...UPGRADE,
  name: "Three years on, by post",
  steps: [
    {
      channel: "print",
      anchor: "entered_audience",
      offsetHours: 0,
      template: "time-to-look-again-card",
      unitCostMicros: 620_000,
      fallback: 2,
    },
    ...UPGRADE.steps,
  ],
} as const;

/** A word of thanks on the day after a visit. */
export const THANKS = {
  code: "after-visit",
  name: "After the visit",
  category: "care",
  audience: { kind: "visit_follow_up" },
  steps: [
    {
      channel: "sms",
      anchor: "appointment_start",
      offsetDays: 1,
      atLocal: "11:00",
      template: "after-visit",
      expiresAfterMinutes: 480,
    },
  ],
} as const;

/** Prospects whose last visit was half a year ago. */
export const COME_BACK = {
  code: "come-back",
  name: "Not seen for half a year",
  category: "marketing",
  audience: { kind: "unseen_since", daysAgo: { from: 180, to: 200 }, kinds: ["prospect"] },
  steps: [{ channel: "sms", anchor: "entered_audience", offsetHours: 0, template: "time-to-look-again" }],
  holdoutPercent: 10,
} as const;
