import { defineSurvey } from "../surveys/definition.ts";

/** What somebody who cannot come is asked: a survey of two questions in form only; the answer goes to the desk's call list. */
export const anotherTime = defineSurvey({
  id: "another-time",
  version: 1,
  anonymous: false,
  locales: ["en", "es"],
  title: { en: "Another time", es: "Otra hora" },
  intro: { en: "Tell us what suits you better and we will call you.", es: "Díganos qué le conviene y le llamaremos." },
  privacy: {
    en: "The clinic's front desk reads this with your name and calls you.",
    es: "La recepción de la clínica lee esto con su nombre y le llama.",
  },
  thanks: { title: { en: "We will call you", es: "Le llamaremos" }, text: { en: "Thank you.", es: "Gracias." } },
  pages: [
    {
      id: "wish",
      title: { en: "Another time", es: "Otra hora" },
      questions: [
        {
          kind: "choice",
          id: "wish",
          required: true,
          ask: { en: "What suits you best?", es: "¿Qué le conviene más?" },
          options: [
            { value: "soon", label: { en: "As soon as possible", es: "Lo antes posible" } },
            { value: "morning", label: { en: "A morning", es: "Por la mañana" } },
            { value: "afternoon", label: { en: "An afternoon", es: "Por la tarde" } },
            { value: "any", label: { en: "I would rather talk it over", es: "Prefiero hablarlo" } },
          ],
        },
        {
          kind: "text",
          id: "words",
          long: true,
          maxLength: 300,
          ask: { en: "Anything else about the time?", es: "¿Algo más sobre la hora?" },
          hint: {
            en: "Days that suit you, or when to call. Nothing about your health, please.",
            es: "Días que le convienen o cuándo llamarle. Nada sobre su salud, por favor.",
          },
        },
      ],
    },
  ],
});
