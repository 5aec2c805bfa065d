import { type Frame, frame } from "../surveys/pages/frame.tsx";
import { formWords } from "../surveys/words.ts";

type Words = {
  ask: { title: string; text: (clinic: string) => string; button: string };
  done: { title: string; text: (clinic: string) => string };
  unknown: { title: string; text: string };
};

const WORDS: Record<string, Words> = {
  en: {
    ask: {
      title: "Stop these e-mails?",
      text: (clinic) => `Press the button and ${clinic} sends no more e-mail to this address.`,
      button: "Stop the e-mails",
    },
    done: {
      title: "You are unsubscribed",
      text: (clinic) => `${clinic} sends no more e-mail to this address. To get it again, please tell the clinic.`,
    },
    unknown: {
      title: "This link is not complete",
      text: "Please open it again from the e-mail, or call us and we stop the e-mails for you.",
    },
  },
  es: {
    ask: {
      title: "¿Dejar de recibir estos correos?",
      text: (clinic) => `Pulse el botón y ${clinic} no enviará más correos a esta dirección.`,
      button: "No enviar más correos",
    },
    done: {
      title: "Ya no recibirá estos correos",
      text: (clinic) =>
        `${clinic} no envía más correos a esta dirección. Para volver a recibirlos, avise a la clínica.`,
    },
    unknown: {
      title: "El enlace no está completo",
      text: "Ábralo otra vez desde el correo o llámenos y lo haremos por usted.",
    },
  },
};

/** What `POST` would do, and the button for it. Opening this page changes nothing. */
export function askToStopPage(props: Frame & { action: string }) {
  const { title, text, button } = wordsFor(props.locale).ask;
  return frame({
    ...props,
    title,
    children: (
      <>
        <h1>{title}</h1>
        <p class="lead">{text(props.clinic.name)}</p>
        <form method="post" action={props.action}>
          <button type="submit">{button}</button>
        </form>
      </>
    ),
  });
}

export function stoppedPage(props: Frame) {
  const { title, text } = wordsFor(props.locale).done;
  return notice(props, title, text(props.clinic.name));
}

export function unknownLinkPage(props: Frame) {
  const { title, text } = wordsFor(props.locale).unknown;
  return notice(props, title, text);
}

/** The store does not answer; the link stays as good as it was. */
export function tryLaterPage(props: Frame) {
  const { title, text } = formWords(props.locale).later;
  return notice(props, title, text);
}

function notice(props: Frame, title: string, text: string) {
  return frame({
    ...props,
    title,
    children: (
      <>
        <h1>{title}</h1>
        <p class="lead" role="status">
          {text}
        </p>
      </>
    ),
  });
}

function wordsFor(locale: string): Words {
  return WORDS[locale] ?? (WORDS.en as Words);
}
