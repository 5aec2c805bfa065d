/** The starter kit of a behavioural-health urgent care clinic: New York time, four providers, asked after each visit. */
export function commonGroundTenant() {
  return {
    slug: "common-ground",
    name: "Common Ground",
    settings: {
      office: { name: "Common Ground", timeZone: "America/New_York", windowOpens: "09:00", windowCloses: "20:00" },
      schedule: {
        source: "practice-fusion",
        statuses: {
          Scheduled: "booked",
          "Not Confirmed": "pending",
          Confirmed: "booked",
          "Checked in": "arrived",
          "In office": "arrived",
          Seen: "fulfilled",
          Cancelled: "cancelled",
          "No show": "noshow",
        },
      },
      ask: {
        surveyId: "common-ground",
        providers: ["BHUC COMMON GROUND", "ES OAKLAND", "ES MACOMB", "CNS"],
        serviceTypes: ["CLINICIAN"],
      },
      messages: {
        senderName: "Common Ground",
        helpText: "Common Ground survey texts. Questions? Call 202-555-0100. Reply STOP to opt out.",
      },
      theme: { accent: "#0b6e6e", phoneToCall: "202-555-0100", locales: ["en", "es"] },
    },
    staff: [
      { email: "admin@commonground.example", role: "admin" },
      { email: "lead@commonground.example", role: "clinic_lead" },
      { email: "desk@commonground.example", role: "front_desk" },
      { email: "analyst@commonground.example", role: "analyst" },
      { email: "auditor@commonground.example", role: "auditor" },
    ],
  };
}
