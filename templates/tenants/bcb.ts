import {
  CARD_TEMPLATE,
  COME_BACK,
  HEARING_STATUSES,
  HEARING_TEMPLATES,
  hearingStaff,
  refreshes,
  reminders,
  UPGRADE_BY_POST,
} from "./hearing-clinic.ts";

/** The starter kit of bcb: an office in California whose customers, visits and orders come from Concrete. */
export function bcbTenant() {
  return {
    slug: "bcb",
    name: "Bay Clear Hearing",
    settings: {
      office: {
        name: "Bay Clear Hearing",
        timeZone: "America/Los_Angeles",
        windowOpens: "09:00",
        windowCloses: "20:00",
      },
      offices: [
        { sourceCode: "F1", name: "Fresno", timeZone: "America/Los_Angeles", phone: "+12025550162", city: "Fresno" },
      ],
      schedule: { statuses: HEARING_STATUSES, silentAfterHours: 26 },
      schedules: refreshes("concrete"),
      messages: { senderName: "Bay Clear Hearing" },
      print: { vendor: "Valley Print & Post" },
      theme: { accent: "#2a6f4e", phoneToCall: "202-555-0160", locales: ["en", "es"] },
    },
    staff: hearingStaff("bcb.example"),
    templates: [...HEARING_TEMPLATES, CARD_TEMPLATE],
    nudges: [reminders([]), UPGRADE_BY_POST, COME_BACK],
  };
}
