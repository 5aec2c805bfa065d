import { type Frame, frame } from "../surveys/pages/frame.tsx";
import { noticePage } from "../surveys/pages/notice.tsx";

/** All mail to the address, or only offers; mail about visits goes on then. */
type Scope = "all" | "marketing";
type Notice = { title: string; text: (clinic: string) => string };

type Words = {
  ask: Record<Scope, Notice & { button: string }>;
  done: Record<Scope, Notice>;
  /** The way to end all mail, beside the way to end offers. */
  also: string;
  unknown: { title: string; text: string };
};

const WORDS: Record<string, Words> = {
  en: {
    ask: {
      all: {
        title: "Stop these e-mails?",
        text: (clinic) => `Press the button and ${clinic} sends no more e-mail to this address.`,
        button: "Stop the e-mails",
      },
      marketing: {
        title: "Stop these offers?",
        text: (clinic) =>
          `Press the button and ${clinic} sends no more offers to this address. E-mails about your visits go on.`,
        button: "Stop the offers",
      },
    },
    done: {
      all: {
        title: "You are unsubscribed",
        text: (clinic) => `${clinic} sends no more e-mail to this address. To get it again, please tell the clinic.`,
      },
      marketing: {
        title: "You are unsubscribed from offers",
        text: (clinic) => `${clinic} sends no more offers to this address. E-mails about your visits go on.`,
      },
    },
    also: "Stop all e-mails",
    unknown: {
      title: "This link is not complete",
      text: "Please open it again from the e-mail, or call us and we stop the e-mails for you.",
    },
  },
  es: {
    ask: {
      all: {
        title: "¿Dejar de recibir estos correos?",
        text: (clinic) => `Pulse el botón y ${clinic} no enviará más correos a esta dirección.`,
        button: "No enviar más correos",
      },
      marketing: {
        title: "¿Dejar de recibir ofertas?",
        text: (clinic) =>
          `Pulse el botón y ${clinic} no enviará más ofertas a esta dirección. Los correos sobre sus citas continúan.`,
        button: "No enviar más ofertas",
      },
    },
    done: {
      all: {
        title: "Ya no recibirá estos correos",
        text: (clinic) =>
          `${clinic} no envía más correos a esta dirección. Para volver a recibirlos, avise a la clínica.`,
      },
      marketing: {
        title: "Ya no recibirá ofertas",
        text: (clinic) => `${clinic} no envía más ofertas a esta dirección. Los correos sobre sus citas continúan.`,
      },
    },
    also: "No enviar ningún correo",
    unknown: {
      title: "El enlace no está completo",
      text: "Ábralo otra vez desde el correo o llámenos y lo haremos por usted.",
    },
  },
};

/** What `POST` to `action` would end, and the button for it. Opening this page changes nothing. */
export function askToStopPage(props: Frame & { action: string; stops: Scope }) {
  const { title, text, button } = wordsFor(props.locale).ask[props.stops];
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
        <StopAll {...props} />
      </>
    ),
  });
}

export function stoppedPage(props: Frame & { action: string; stops: Scope }) {
  const { title, text } = wordsFor(props.locale).done[props.stops];
  return noticePage(props, { title, text: text(props.clinic.name) }, <StopAll {...props} />);
}

/** Where only offers were meant: the further step, for who wants no mail at all. */
function StopAll({ locale, action, stops }: Frame & { action: string; stops: Scope }) {
  if (stops === "all") return null;
  return (
    <form method="post" action={`${action}/all`}>
      <button class="plain" type="submit">
        {wordsFor(locale).also}
      </button>
    </form>
  );
}

export function unknownLinkPage(props: Frame) {
  return noticePage(props, wordsFor(props.locale).unknown);
}

function wordsFor(locale: string): Words {
  return WORDS[locale] ?? (WORDS.en as Words);
}
