import { defineSurvey, type Words } from "./definition.ts";

/**
 * The patient-satisfaction survey of a behavioural-health urgent care clinic ("BHUC"). Names and values are those
 * that its reports already use, odd casing included.
 */
export const commonGround = defineSurvey({
  id: "common-ground",
  version: 1,
  anonymous: true,
  locales: ["en", "es"],
  title: { en: "How was your visit?", es: "¿Cómo fue su visita?" },
  intro: {
    en: "Two quick questions. Skip any you like.",
    es: "Dos preguntas rápidas. Puede omitir cualquiera.",
  },
  privacy: {
    en: "Your answers are stored without your name, your phone number or your visit. We note only that this link was used, so that we do not ask you again.",
    es: "Sus respuestas se guardan sin su nombre, su teléfono ni su visita. Solo anotamos que este enlace se usó, para no volver a preguntarle.",
  },
  thanks: {
    title: { en: "Thank you", es: "Gracias" },
    text: {
      en: "Your answers are in. They help us take better care of the next person.",
      es: "Recibimos sus respuestas. Nos ayudan a cuidar mejor a la próxima persona.",
    },
  },
  help: {
    en: "Having a hard time right now? Call or text 988, day or night.",
    es: "¿Está pasando por un momento difícil? Llame o envíe un mensaje al 988, de día o de noche.",
  },
  pages: [
    {
      id: "first",
      title: { en: "How was your visit?", es: "¿Cómo fue su visita?" },
      questions: [
        {
          kind: "faces",
          id: "SatisfactionWithService",
          ask: {
            en: "How satisfied are you with the urgent care you received?",
            es: "¿Qué tan satisfecho está con la atención de urgencia que recibió?",
          },
          options: [
            option("Very Unsatisfied", "Very unsatisfied", "Muy insatisfecho"),
            option("Unsatisfied", "Unsatisfied", "Insatisfecho"),
            option("Neutral", "In between", "Ni lo uno ni lo otro"),
            option("Satisfied", "Satisfied", "Satisfecho"),
            option("Very Satisfied", "Very satisfied", "Muy satisfecho"),
          ],
        },
        {
          kind: "choice",
          id: "LikelihoodToRecommendBHUC",
          ask: {
            en: "If a friend needed similar help, how likely are you to send them to us?",
            es: "Si un amigo necesitara una ayuda parecida, ¿qué tan probable es que nos lo recomiende?",
          },
          options: [
            option("Very Unlikely", "Very unlikely", "Muy poco probable"),
            option("Unlikely", "Unlikely", "Poco probable"),
            option("Neutral", "Not sure", "No sé"),
            option("Likely", "Likely", "Probable"),
            option("Very Likely", "Very likely", "Muy probable"),
          ],
        },
      ],
      gate: {
        kind: "yesNo",
        id: "ProceedWithMoreQuestions",
        ask: { en: "Could you answer five more?", es: "¿Podría responder cinco más?" },
        hint: {
          en: "It takes about a minute. Your answers above are sent either way.",
          es: "Toma cerca de un minuto. Lo de arriba se envía en ambos casos.",
        },
        yes: { en: "Yes, a few more", es: "Sí, algunas más" },
        no: { en: "No, just send these", es: "No, solo enviar estas" },
      },
    },
    {
      id: "more",
      title: { en: "A few more questions", es: "Algunas preguntas más" },
      intro: {
        en: "Your first answers are safely in. Skip any of these you like.",
        es: "Ya recibimos sus primeras respuestas. Puede omitir cualquiera de estas.",
      },
      showIf: { question: "ProceedWithMoreQuestions", is: ["Yes"] },
      questions: [
        {
          kind: "yesNo",
          id: "StaffFriendlyAndWelcoming",
          ask: {
            en: "Were the people who cared for you friendly and polite?",
            es: "¿Las personas que le atendieron fueron amables y respetuosas?",
          },
        },
        {
          kind: "yesNo",
          id: "reasonAppropriatelyAddressed",
          ask: {
            en: "Did we take care of what you came in for?",
            es: "¿Atendimos el motivo por el que vino?",
          },
        },
        {
          kind: "choice",
          id: "ExperienceOfSchedulingAnAppointment",
          ask: { en: "How easy was it to get an appointment?", es: "¿Qué tan fácil fue conseguir una cita?" },
          options: [
            option("Very difficult", "Very difficult", "Muy difícil"),
            option("Difficult", "Difficult", "Difícil"),
            option("Neutral", "Neither easy nor difficult", "Ni fácil ni difícil"),
            option("Easy", "Easy", "Fácil"),
            option("Very Easy", "Very easy", "Muy fácil"),
          ],
        },
        {
          kind: "choice",
          id: "WaitingRoomTimeExperience",
          ask: {
            en: "How did your time in the waiting room feel?",
            es: "¿Qué le pareció el tiempo en la sala de espera?",
          },
          options: [
            option("Not long at all", "Not long at all", "Nada largo"),
            option("An acceptable amount of time", "All right", "Aceptable"),
            option("Too long", "Too long", "Demasiado largo"),
          ],
        },
        {
          kind: "select",
          id: "HowDidYouHearAboutBHUC",
          ask: { en: "How did you first hear about us?", es: "¿Cómo supo de nosotros?" },
          options: [
            option("Primary Care provider", "My primary care provider", "Mi médico de cabecera"),
            option(
              "Community Mental Health clinic",
              "A community mental health clinic",
              "Una clínica comunitaria de salud mental",
            ),
            option(
              "Private practice psychiatrist or therapist",
              "A psychiatrist or therapist in private practice",
              "Un psiquiatra o terapeuta privado",
            ),
            option("Insurance provider", "My insurance", "Mi seguro médico"),
            option("School/Educational program", "A school or course", "Una escuela o un curso"),
            option("Family or Friend", "Family or a friend", "Familia o amistades"),
            option("Google search", "A Google search", "Una búsqueda en Google"),
            option("Social media", "Social media", "Redes sociales"),
            option("Other", "Something else", "Otra manera"),
          ],
          other: {
            value: "Other",
            id: "HowDidYouHearAboutBHUC_Other",
            ask: { en: "What was it?", es: "¿Cuál fue?" },
            maxLength: 500,
          },
        },
      ],
    },
  ],
});

function option(value: string, en: string, es: string): { value: string; label: Words } {
  return { value, label: { en, es } };
}
