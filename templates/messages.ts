/** The first wordings of every text, by key and language. A clinic's own versions live in its database. */
export const MESSAGES: Record<string, Record<string, string>> = {
  "survey-invite": {
    en: "{{cn}}: how was your visit? 2 quick questions, 1 minute: {{sl}} Reply STOP to opt out, HELP for help.",
    es: "{{cn}}: como fue su visita? 2 preguntas, 1 minuto: {{sl}} Responda STOP para no recibir mas, HELP para ayuda.",
  },
  "survey-reminder": {
    en: "{{cn}}: still time to tell us about your visit, 1 minute: {{sl}} Reply STOP to opt out, HELP for help.",
    es: "{{cn}}: aun puede contarnos de su visita, 1 minuto: {{sl}} Responda STOP para no recibir mas, HELP para ayuda.",
  },
  "visit-moved": {
    en: "{{cn}}: your visit has moved to {{ad}}, {{ap}}. The time we told you before no longer holds. Reply STOP to opt out.",
    es: "{{cn}}: su cita cambio al {{ad}}, {{ap}}. La hora anterior ya no vale. Responda STOP para no recibir mas.",
  },
  "visit-cancelled": {
    en: "{{cn}}: your visit on {{ad}}, {{ap}} was cancelled. Reply STOP to opt out.",
    es: "{{cn}}: su cita del {{ad}}, {{ap}} fue cancelada. Responda STOP para no recibir mas.",
  },
  "survey-fresh-link": {
    en: "{{cn}}: here is your new survey link: {{sl}} Reply STOP to opt out, HELP for help.",
    es: "{{cn}}: este es su nuevo enlace: {{sl}} Responda STOP para no recibir mas, HELP para ayuda.",
  },
};
