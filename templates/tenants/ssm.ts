import { HEARING_STATUSES, HEARING_TEMPLATES, hearingStaff, refreshes, reminders, THANKS } from "./hearing-clinic.ts";

/** The starter kit of ssm: one hearing-aid office near Chicago, on Sycle. */
export function ssmTenant() {
  return {
    slug: "ssm",
    name: "South Suburban Sound",
    settings: {
      office: {
        name: "South Suburban Sound",
        timeZone: "America/Chicago",
        windowOpens: "09:00",
        windowCloses: "20:00",
      },
      offices: [
        { sourceCode: "JOL", name: "Joliet", timeZone: "America/Chicago", phone: "+12025550152", city: "Joliet" },
      ],
      schedule: { statuses: HEARING_STATUSES, silentAfterHours: 26 },
      schedules: refreshes("sycle"),
      messages: { senderName: "South Suburban Sound" },
      theme: { accent: "#7a4a12", phoneToCall: "202-555-0150", locales: ["en", "es"] },
    },
    staff: hearingStaff("ssm.example"),
    templates: HEARING_TEMPLATES,
    nudges: [reminders(["Call Back"]), THANKS],
  };
}
