import type { ProblemCode } from "./questions.ts";

/** The words around a survey's own: buttons, errors, notices. A survey may be offered in these languages. */
export type FormWords = {
  language: string;
  yes: string;
  no: string;
  send: string;
  optional: string;
  required: string;
  choose: string;
  call: (phone: string) => string;
  errorTitle: string;
  errorPrefix: string;
  problems: Record<ProblemCode, string>;
  tryLater: { title: string; text: string };
  done: { title: string; text: string };
  received: { title: string; text: string; more: string };
  /** For a page that cannot be opened at the moment; `tryLater` is for answers that could not be saved. */
  later: { title: string; text: string };
  notOpen: { title: string; text: string; offer: string; button: string; kept: string };
  freshSent: { title: string; text: string };
};

const en: FormWords = {
  language: "English",
  yes: "Yes",
  no: "No",
  send: "Send my answers",
  optional: "optional",
  required: "needed",
  choose: "Choose one",
  call: (phone) => `Questions? Call us at ${phone}`,
  errorTitle: "Almost there: please look at this again",
  errorPrefix: "Error",
  problems: {
    required: "Please choose an answer.",
    other_required: "Please tell us in a few words.",
    not_an_option: "Please choose one of the answers shown.",
    not_a_number: "Please choose one of the numbers shown.",
    too_many: "Please choose fewer.",
    too_long: "Please shorten this.",
    repeated: "Please give one answer.",
    wrong_page: "This question is not part of this page.",
  },
  tryLater: {
    title: "We could not save your answers just now",
    text: "They are still here, below. Please wait a minute and send them again.",
  },
  done: { title: "Thank you", text: "Your answers are in." },
  received: {
    title: "Your answers are already in",
    text: "We received them before, and nothing was changed. There is no need to send them again.",
    more: "Answer a few more questions",
  },
  later: {
    title: "We cannot open this just now",
    text: "Please try your link again in a few minutes. It is still good.",
  },
  notOpen: {
    title: "This link is not open",
    text: "A link works once and for a limited time. This one may have been used already, or it may be too old.",
    offer: "Would you still like to answer? We can text a fresh link to the phone number we have on file.",
    button: "Text me a fresh link",
    kept: "What you wrote, in case you want to keep it:",
  },
  freshSent: {
    title: "Thank you",
    text: "If your old link ran out before you answered, a fresh one is on its way to the phone number we have on file. At night it waits until morning.",
  },
};

const es: FormWords = {
  language: "Español",
  yes: "Sí",
  no: "No",
  send: "Enviar mis respuestas",
  optional: "opcional",
  required: "necesaria",
  choose: "Elija una opción",
  call: (phone) => `¿Preguntas? Llámenos al ${phone}`,
  errorTitle: "Ya casi: revise esto, por favor",
  errorPrefix: "Error",
  problems: {
    required: "Elija una respuesta, por favor.",
    other_required: "Díganos en pocas palabras, por favor.",
    not_an_option: "Elija una de las respuestas que se muestran.",
    not_a_number: "Elija uno de los números que se muestran.",
    too_many: "Elija menos, por favor.",
    too_long: "Acorte este texto, por favor.",
    repeated: "Dé una sola respuesta, por favor.",
    wrong_page: "Esta pregunta no es parte de esta página.",
  },
  tryLater: {
    title: "No pudimos guardar sus respuestas en este momento",
    text: "Siguen aquí abajo. Espere un minuto y envíelas de nuevo, por favor.",
  },
  done: { title: "Gracias", text: "Recibimos sus respuestas." },
  received: {
    title: "Ya tenemos sus respuestas",
    text: "Las recibimos antes y nada cambió. No hace falta enviarlas otra vez.",
    more: "Responder algunas preguntas más",
  },
  later: {
    title: "No podemos abrir esto en este momento",
    text: "Pruebe su enlace de nuevo en unos minutos, por favor. Sigue sirviendo.",
  },
  notOpen: {
    title: "Este enlace no está disponible",
    text: "Un enlace sirve una sola vez y por tiempo limitado. Puede que ya se haya usado o que sea demasiado antiguo.",
    offer: "¿Todavía quiere responder? Podemos enviar un enlace nuevo al teléfono que tenemos registrado.",
    button: "Envíenme un enlace nuevo",
    kept: "Lo que escribió, por si quiere guardarlo:",
  },
  freshSent: {
    title: "Gracias",
    text: "Si su enlace venció antes de que respondiera, un enlace nuevo va en camino al teléfono que tenemos registrado. De noche espera hasta la mañana.",
  },
};

const byLocale: Record<string, FormWords> = { en, es };

/** Languages in which the forms can be shown. */
export const formLocales = Object.keys(byLocale);

/** The form's own words in a language; English where there are none. */
export function formWords(locale: string): FormWords {
  return (Object.hasOwn(byLocale, locale) && byLocale[locale]) || en;
}
