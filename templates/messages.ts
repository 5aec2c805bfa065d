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
  "visit-fresh-link": {
    en: "{{cn}}: here is your new link to your visit: {{cl}} Reply STOP to opt out, HELP for help.",
    es: "{{cn}}: este es el nuevo enlace de su cita: {{cl}} Responda STOP para no recibir mas, HELP para ayuda.",
  },
};

/** The same for mail, which has a subject besides. How to get no more of it stands in every mail's headers. */
export const MAILS: Record<string, Record<string, { subject: string; body: string }>> = {
  "visit-moved-mail": {
    en: {
      subject: "Your visit has moved",
      body: "Your visit with {{cn}} has moved to {{ad}}, {{ap}}. The time we told you before no longer holds.",
    },
    es: {
      subject: "Su cita cambió",
      body: "Su cita con {{cn}} cambió al {{ad}}, {{ap}}. La hora anterior ya no vale.",
    },
  },
  "visit-cancelled-mail": {
    en: { subject: "Your visit was cancelled", body: "Your visit with {{cn}} on {{ad}}, {{ap}} was cancelled." },
    es: { subject: "Su cita fue cancelada", body: "Su cita con {{cn}} del {{ad}}, {{ap}} fue cancelada." },
  },
  "visit-fresh-link-mail": {
    en: { subject: "Your new link", body: "Here is your new link to your visit with {{cn}}: {{cl}}" },
    es: { subject: "Su nuevo enlace", body: "Este es el nuevo enlace de su cita con {{cn}}: {{cl}}" },
  },
};
