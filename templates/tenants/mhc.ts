import {
  HEARING_STATUSES,
  HEARING_TEMPLATES,
  hearingStaff,
  refreshes,
  reminders,
  THANKS,
  UPGRADE,
} from "./hearing-clinic.ts";

/** The starter kit of mhc: two hearing-aid offices, in a zone with summer time and in one without, on Sycle. */
export function mhcTenant() {
  return {
    slug: "mhc",
    name: "Mountain Hearing Centers",
    settings: {
      office: { name: "Mountain Hearing", timeZone: "America/Denver", windowOpens: "09:00", windowCloses: "20:00" },
      offices: [
        { sourceCode: "BLD", name: "Boulder", timeZone: "America/Denver", phone: "+12025550142", city: "Boulder" },
        { sourceCode: "TMP", name: "Tempe", timeZone: "America/Phoenix", phone: "+12025550143", city: "Tempe" },
      ],
      schedule: { statuses: HEARING_STATUSES, silentAfterHours: 26 },
      schedules: refreshes("sycle"),
      messages: { senderName: "Mountain Hearing" },
      theme: { accent: "#3d5a80", phoneToCall: "202-555-0140", locales: ["en", "es"] },
    },
    staff: hearingStaff("mhc.example"),
    templates: HEARING_TEMPLATES,
    nudges: [reminders(["Follow up Phone Consultation", "In Trial Call Back"]), THANKS, UPGRADE],
  };
}
