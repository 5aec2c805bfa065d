import type { Fault } from "../concrete/start.ts";
import type { Infobip } from "../infobip/start.ts";
import type { StepName } from "../infobip/steps.ts";
import type { MailStepName } from "../mailbox/box.ts";
import type { Mailbox } from "../mailbox/start.ts";
import type { Oidc } from "../oidc/start.ts";
import type { PracticeFusion } from "../practice-fusion/start.ts";
import type { Practices } from "../practices/start.ts";
import type { SftpFault } from "../sftp/start.ts";
import type { Twilio } from "../twilio/start.ts";
import type { STEPS } from "../twilio/steps.ts";

/** The outside parts whose faults people can switch on the index page. */
export type Outside = {
  twilio: Twilio;
  infobip: Infobip;
  mailbox: Mailbox;
  practiceFusion: PracticeFusion;
  oidc: Oidc;
  practices: Practices | null;
};

type Choice = { label: string; apply: (outside: Outside) => void };
type Weather = { name: string; label: string; choices: Choice[] };

/** What may go wrong outside, in plain words; the first choice of each is a good day. */
export function weatherOf({ practices }: Outside): readonly Weather[] {
  return practices ? [...WEATHER, ...PRACTICE_WEATHER] : WEATHER;
}

const WEATHER: readonly Weather[] = [
  {
    name: "texts",
    label: "Twilio’s texts",
    choices: [
      texts("arrive", "accept"),
      texts("arrive, but Twilio never answers", "accept-then-hang"),
      texts("arrive, but the connection is cut", "accept-then-reset"),
      texts("are refused: Twilio is down", "503"),
      texts("are refused: slow down", "429-retry-after"),
      texts("are refused: it is a landline", "landline"),
      texts("never arrive: the phone is off", "unreachable"),
      texts("never arrive: carriers do not know the sender", "unregistered-sender"),
    ],
  },
  {
    name: "second-carrier",
    label: "Infobip’s texts",
    choices: [
      infobipTexts("arrive", "accept"),
      infobipTexts("arrive, but the connection is cut", "accept-then-reset"),
      infobipTexts("are refused: Infobip is down", "503"),
      infobipTexts("are refused: no money left", "no-credits"),
      infobipTexts("never arrive: the phone is off", "phone-off"),
    ],
  },
  {
    name: "mail",
    label: "E-mails",
    choices: [
      mails("arrive", "accept"),
      mails("arrive, but the connection is cut", "accept-then-reset"),
      mails("come back: the address does not exist", "bounces-for-good"),
      mails("arrive, and are called spam", "complained-of"),
      mails("are refused: slow down", "throttled"),
      mails("are refused: SES is down", "500"),
    ],
  },
  {
    name: "schedule",
    label: "The clinic’s schedule",
    choices: [
      schedule("is there", {}),
      schedule("is empty", { emptyDay: true }),
      schedule("never shows its table", { tableNever: true }),
      schedule("shows yesterday’s rows under today’s date", { printStale: "rows" }),
      schedule("asks for a code that never comes", { codeNever: true }),
      schedule("refuses the password", { badPassword: true }),
    ],
  },
  {
    name: "sign-in",
    label: "Staff sign-in",
    choices: [
      { label: "works", apply: ({ oidc }) => oidc.fail("/token", null) },
      { label: "is out of order", apply: ({ oidc }) => oidc.fail("/token", 503) },
    ],
  },
];

/** Of the clinics' own systems, where they are up. */
const PRACTICE_WEATHER: readonly Weather[] = [
  {
    name: "concrete",
    label: "Concrete’s service",
    choices: [
      concrete("works"),
      concrete("refuses the login", { at: "Login", does: "fault" }),
      concrete("breaks off in the middle", { at: "ListAppointments", does: "truncate" }),
      concrete("never answers", { at: "ListCustomers", does: "hang" }),
    ],
  },
  {
    name: "queues",
    label: "The queues",
    choices: [
      { label: "work", apply: ({ practices }) => practices?.sqs.fail(null) },
      { label: "take no message", apply: ({ practices }) => practices?.sqs.fail("SendMessage") },
      { label: "give no message", apply: ({ practices }) => practices?.sqs.fail("ReceiveMessage") },
    ],
  },
  {
    name: "addresses",
    label: "The address service",
    choices: [
      { label: "works", apply: ({ practices }) => practices?.cassify.fail(null) },
      { label: "is out of order", apply: ({ practices }) => practices?.cassify.fail("down") },
    ],
  },
  {
    name: "printer",
    label: "The printer’s box",
    choices: [
      printer("takes files", null),
      printer("refuses the password", "login"),
      printer("loses the last bytes", "cut"),
      printer("breaks off after the file was renamed", "lost-after-rename"),
      printer("never answers", "silent"),
    ],
  },
];

function printer(label: string, fault: SftpFault | null): Choice {
  return { label, apply: ({ practices }) => practices?.printer.fail(fault) };
}

function concrete(label: string, ...faults: Fault[]): Choice {
  return { label, apply: ({ practices }) => practices?.concrete.fail(...faults) };
}

function texts(label: string, step: keyof typeof STEPS): Choice {
  return { label, apply: ({ twilio }) => twilio.script("*", step) };
}

function infobipTexts(label: string, step: StepName): Choice {
  return { label, apply: ({ infobip }) => infobip.script("*", step) };
}

function mails(label: string, step: MailStepName): Choice {
  return { label, apply: ({ mailbox }) => mailbox.script("*", step) };
}

function schedule(label: string, switches: Parameters<PracticeFusion["set"]>[0]["switches"]): Choice {
  const goodDay = {
    emptyDay: false,
    tableNever: false,
    printStale: "no",
    codeNever: false,
    badPassword: false,
  } as const;
  return { label, apply: ({ practiceFusion }) => practiceFusion.set({ switches: { ...goodDay, ...switches } }) };
}
