/** The first wordings of every text, by key and language. A clinic's own versions live in its database. */
export const MESSAGES: Record<string, Record<string, string>> = {
  "survey-invite": {
    en: "{sender}: how was your visit? 2 quick questions, 1 minute: {link} Reply STOP to opt out, HELP for help.",
    es: "{sender}: como fue su visita? 2 preguntas, 1 minuto: {link} Responda STOP para no recibir mas, HELP para ayuda.",
  },
  "survey-reminder": {
    en: "{sender}: still time to tell us about your visit, 1 minute: {link} Reply STOP to opt out, HELP for help.",
    es: "{sender}: aun puede contarnos de su visita, 1 minuto: {link} Responda STOP para no recibir mas, HELP para ayuda.",
  },
  "survey-fresh-link": {
    en: "{sender}: here is your new survey link: {link} Reply STOP to opt out, HELP for help.",
    es: "{sender}: este es su nuevo enlace: {link} Responda STOP para no recibir mas, HELP para ayuda.",
  },
};
