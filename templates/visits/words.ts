type Said = { title: string; text: string };

/** What the pages behind a reminder's links say. `when` is the day and time, as that language tells them. */
export type VisitWords = {
  ask: Said;
  moved: Said;
  confirmed: Said;
  asked: Said;
  cancelled: Said;
  /** Only a person can say how it stands. */
  unsure: Said;
  notOpen: Said;
  /** What a link that is not open offers, whether or not it ever was. */
  fresh: { offer: string; button: string };
  freshSent: Said;
  /** After more wishes than anybody has. */
  enough: Said;
  kept: string;
  confirm: string;
  otherTime: string;
  calendar: string;
  /** The calendar entry's own line. */
  entry: (clinic: string) => string;
  /** Above the form for another time. */
  lead: (when: string) => string;
  send: string;
  /** The visit moved while the form was open. */
  changed: Said;
};

const en: VisitWords = {
  ask: { title: "Your visit", text: "Please tell us whether you will be there." },
  moved: {
    title: "Your visit has moved",
    text: "The time we told you before no longer holds; this is the new one. Please tell us whether you will be there.",
  },
  confirmed: { title: "Thank you, we expect you", text: "You have confirmed your visit." },
  asked: {
    title: "We will call you",
    text: "You asked for another time. Until we have spoken, your visit stays as it is.",
  },
  cancelled: {
    title: "This visit was cancelled",
    text: "There is nothing to confirm any more. For a new appointment, please call us.",
  },
  unsure: {
    title: "Please call us about this visit",
    text: "Something about it has changed since we wrote to you, so we cannot take an answer here.",
  },
  notOpen: {
    title: "This link is not open",
    text: "A link to a visit works for a limited time. To confirm or change a visit, please call us.",
  },
  fresh: {
    offer: "Is your visit still to come? We can send a fresh link to the phone number or mail address we have on file.",
    button: "Send me a fresh link",
  },
  freshSent: {
    title: "Thank you",
    text: "If your old link ran out and your visit is still to come, a fresh one is on its way to the phone number or mail address we have on file. At night it waits until morning. If it is pressing, please call us.",
  },
  enough: {
    title: "Please call us",
    text: "We have what you wrote before about this visit and will call you. If it is pressing, please call us.",
  },
  kept: "What you wrote, in case you want to keep it:",
  confirm: "Yes, I will be there",
  otherTime: "I need another time",
  calendar: "Add it to my calendar",
  entry: (clinic) => `Visit: ${clinic}`,
  lead: (when) =>
    `Tell us what suits you better than ${when}, and we will call you. Until then your visit stays as it is.`,
  send: "Ask for another time",
  changed: {
    title: "The time of your visit has changed",
    text: "It did so after you opened this page. What you wrote is still here: please look at the new time, then send it again.",
  },
};

const es: VisitWords = {
  ask: { title: "Su cita", text: "Díganos, por favor, si vendrá." },
  moved: {
    title: "Su cita cambió",
    text: "La hora que le dijimos antes ya no vale; esta es la nueva. Díganos, por favor, si vendrá.",
  },
  confirmed: { title: "Gracias, le esperamos", text: "Usted confirmó su cita." },
  asked: { title: "Le llamaremos", text: "Usted pidió otra hora. Hasta que hablemos, su cita sigue como está." },
  cancelled: {
    title: "Esta cita fue cancelada",
    text: "Ya no hay nada que confirmar. Para una cita nueva, llámenos, por favor.",
  },
  unsure: {
    title: "Llámenos por esta cita, por favor",
    text: "Algo de ella cambió desde que le escribimos y no podemos recibir su respuesta aquí.",
  },
  notOpen: {
    title: "Este enlace no está disponible",
    text: "El enlace de una cita sirve por tiempo limitado. Para confirmar o cambiar una cita, llámenos, por favor.",
  },
  fresh: {
    offer: "¿Su cita aún no ha sido? Podemos enviar un enlace nuevo al teléfono o correo que tenemos registrado.",
    button: "Envíenme un enlace nuevo",
  },
  freshSent: {
    title: "Gracias",
    text: "Si su enlace venció y su cita aún no ha sido, un enlace nuevo va en camino al teléfono o correo que tenemos registrado. De noche espera hasta la mañana. Si es urgente, llámenos, por favor.",
  },
  enough: {
    title: "Llámenos, por favor",
    text: "Ya tenemos lo que escribió antes sobre esta cita y le llamaremos. Si es urgente, llámenos, por favor.",
  },
  kept: "Lo que escribió, por si quiere guardarlo:",
  confirm: "Sí, ahí estaré",
  otherTime: "Necesito otra hora",
  calendar: "Añadir a mi calendario",
  entry: (clinic) => `Cita: ${clinic}`,
  lead: (when) =>
    `Díganos qué le conviene más que el ${when}, y le llamaremos. Hasta entonces su cita sigue como está.`,
  send: "Pedir otra hora",
  changed: {
    title: "La hora de su cita cambió",
    text: "Cambió después de que abrió esta página. Lo que escribió sigue aquí: mire la nueva hora y envíelo de nuevo, por favor.",
  },
};

const byLocale: Record<string, VisitWords> = { en, es };

/** The words in a language; English where there are none. */
export function visitWords(locale: string): VisitWords {
  return (Object.hasOwn(byLocale, locale) && byLocale[locale]) || en;
}
