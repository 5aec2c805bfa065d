import { defineSurvey, type Words } from "./definition.ts";

const careItems = ["listened", "explained", "waiting"] as const;

/** A survey under the patient's name, so that the clinic can call back: how are you, and how did we do? */
export const visitFollowUp = defineSurvey({
  id: "visit-follow-up",
  version: 1,
  anonymous: false,
  locales: ["en", "es"],
  title: { en: "Since your visit", es: "Desde su visita" },
  intro: { en: "Six questions, about two minutes.", es: "Seis preguntas, unos dos minutos." },
  privacy: {
    en: "Your care team sees these answers with your name and may call you about them.",
    es: "Su equipo médico ve estas respuestas con su nombre y quizá le llame.",
  },
  thanks: {
    title: { en: "Thank you", es: "Gracias" },
    text: { en: "Your care team has your answers.", es: "Su equipo médico tiene sus respuestas." },
  },
  pages: [
    {
      id: "first",
      title: { en: "Since your visit", es: "Desde su visita" },
      questions: [
        {
          kind: "choice",
          id: "feelingNow",
          required: true,
          ask: {
            en: "Compared with before your visit, how do you feel?",
            es: "En comparación con antes, ¿cómo se siente?",
          },
          options: [
            { value: "better", label: { en: "Better", es: "Mejor" } },
            { value: "same", label: { en: "About the same", es: "Más o menos igual" } },
            { value: "worse", label: { en: "Worse", es: "Peor" } },
          ],
        },
        {
          kind: "text",
          id: "whatIsWorse",
          long: true,
          maxLength: 1000,
          showIf: { question: "feelingNow", is: ["worse"] },
          ask: { en: "What has become worse?", es: "¿Qué ha empeorado?" },
        },
        ...careItems.map((id) => ({ kind: "scale" as const, id, min: 1, max: 5, ...careWords(id) })),
        {
          kind: "scale",
          id: "recommend",
          min: 0,
          max: 10,
          ask: { en: "How likely are you to recommend us?", es: "¿Qué tan probable es que nos recomiende?" },
          low: { en: "Not at all likely", es: "Nada probable" },
          high: { en: "Extremely likely", es: "Muy probable" },
        },
        {
          kind: "multi",
          id: "wouldHelp",
          atMost: 3,
          ask: { en: "What would help you now?", es: "¿Qué le ayudaría ahora?" },
          hint: { en: "Choose up to three.", es: "Elija hasta tres." },
          options: [
            { value: "call", label: { en: "A call from a nurse", es: "Una llamada de enfermería" } },
            { value: "medicine", label: { en: "Questions about my medicine", es: "Preguntas sobre mis medicinas" } },
            { value: "visit", label: { en: "Another visit", es: "Otra visita" } },
            { value: "ride", label: { en: "A ride to the clinic", es: "Transporte a la clínica" } },
          ],
        },
        {
          kind: "text",
          id: "anythingElse",
          long: false,
          maxLength: 200,
          ask: { en: "Anything else?", es: "¿Algo más?" },
        },
      ],
    },
  ],
  scores: [
    { id: "care", how: "mean", items: careItems.map((question) => ({ question })) },
    /** The mean of this score over many patients is the Net Promoter Score. */
    { id: "promoter", how: "sum", items: [{ question: "recommend", values: promoterValues() }] },
  ],
  alerts: [
    {
      id: "feelsWorse",
      when: { question: "feelingNow", is: ["worse"] },
      say: {
        en: "We are sorry you feel worse. Call us today; if it is an emergency, call 911.",
        es: "Lamentamos que se sienta peor. Llámenos hoy; si es una emergencia, llame al 911.",
      },
    },
  ],
});

function careWords(id: (typeof careItems)[number]): { ask: Words; low: Words; high: Words } {
  const asks = {
    listened: { en: "Did we listen to you?", es: "¿Le escuchamos?" },
    explained: { en: "Did we explain things clearly?", es: "¿Le explicamos con claridad?" },
    waiting: { en: "Was the waiting time fair?", es: "¿Fue razonable la espera?" },
  };
  return { ask: asks[id], low: { en: "Not at all", es: "Para nada" }, high: { en: "Completely", es: "Por completo" } };
}

/** 9 and 10 count for the clinic, 0 to 6 against it. */
function promoterValues(): Record<string, number> {
  const pointsFor = (rating: number) => (rating >= 9 ? 100 : rating >= 7 ? 0 : -100);
  return Object.fromEntries(Array.from({ length: 11 }, (_, rating) => [String(rating), pointsFor(rating)]));
}
