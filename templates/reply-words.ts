/**
 * What people text back, by language, and what they are told. Texts are compared in lower case and without accents,
 * punctuation or emoji. Sources: Twilio's default keywords; the FCC's list of words that always mean stop (2024 order).
 */
export type ReplyWords = {
  /** Means stop, alone or with a courtesy around it: "STOP", "stop please", "unsub me". */
  stop: string[];
  /** Means stop only when nothing else is said: "please cancel" may be about an appointment. */
  stopAlone: string[];
  /** Only these exact words bring texts back. */
  start: string[];
  /** Means "I will be there", whole and with a courtesy around it. Those among `start` too depend on what was asked. */
  confirm: string[];
  help: string[];
  courtesies: string[];
  /** Whole sentences that a reasonable person would read as "stop". Narrow: staff look at each of them. */
  pleas: RegExp[];
  /** Sentences that fit a plea and mean something else. */
  exceptions: RegExp[];
  stopped: (sender: string) => string;
  /** After a STOP that ends offers only. */
  stoppedMarketing: (sender: string) => string;
  helpText: (sender: string, phone: string) => string;
  /** To whoever has confirmed; `when` is the visit's day and time. */
  confirmed: (sender: string, when: string) => string;
};

const TEXTS =
  "(?:text|texts|texting|txt|message|messages|messaging|msg|msgs|sms|contacting|sending|bothering|spamming)";

const en: ReplyWords = {
  stop: ["stop", "stop all", "stopall", "unsubscribe", "unsub", "opt out", "optout"],
  stopAlone: ["cancel", "end", "quit", "revoke"],
  start: ["start", "unstop", "yes"],
  confirm: [
    "y",
    "y1",
    "yes",
    "c",
    "c1",
    "confirm",
    "confirmed",
    "i confirm",
    "yes i confirm",
    "i will be there",
    "ill be there",
  ],
  help: ["help", "info"],
  courtesies: ["please", "pls", "plz", "thanks", "thank", "you", "thx", "now", "me", "it", "this", "ok", "okay"],
  pleas: [
    new RegExp(`\\b(?:stop|quit) (?:\\w+ ){0,3}${TEXTS}\\b`),
    /\b(?:do not|dont|never) (?:\w+ )?(?:text|txt|message|msg|sms|contact|write)(?: to)? (?:me|us|this|my|anymore|again)\b/,
    /\bno more (?:\w+ )?(?:texts|messages|sms|surveys|texting)\b/,
    /\b(?:unsubscribe|opt) (?:me|us|my number)\b/,
    /\b(?:remove|delete) (?:me|my (?:phone |cell )?number|this (?:phone )?number)\b/,
    /\btake (?:me|my number|this number) off\b/,
    /\bleave me alone\b/,
    /\bwrong (?:number|person)\b/,
  ],
  exceptions: [/\b(?:do not|dont|never|please dont) stop\b/, /\bstop(?:ping)? (?:by|in)\b/],
  stopped: (sender) => `${sender}: you will get no more texts from us. Reply START if you want them again.`,
  stoppedMarketing: (sender) =>
    `${sender}: you will get no more offers from us. Texts about your visits go on; reply STOPALL to end those too.`,
  helpText: (sender, phone) => `${sender}: questions? Call ${phone}. Reply STOP to get no more texts.`,
  confirmed: (sender, when) => `${sender}: thank you, we expect you on ${when}.`,
};

const es: ReplyWords = {
  stop: ["parar", "baja", "dar de baja", "darme de baja", "alto", "no mas"],
  stopAlone: ["cancelar", "fin"],
  start: [],
  confirm: ["si", "s", "s1", "confirmo", "confirmar", "confirmado", "si confirmo", "ahi estare", "si ahi estare"],
  help: ["ayuda"],
  courtesies: ["por", "favor", "gracias", "ya", "me"],
  pleas: [
    /\bno (?:me|nos) (?:envien?|manden?|escriban?|contacten?|envies|mandes|escribas)\b/,
    /\b(?:deje|dejen|deja|dejar) de (?:enviar|mandar|escribir|contactar)\w*\b/,
    /\b(?:deme|denme|darme|dar) de baja\b/,
    /\bno (?:mas|quiero) (?:mas )?mensajes\b/,
    /\bnumero equivocado\b/,
  ],
  exceptions: [],
  stopped: (sender) => `${sender}: no recibira mas mensajes nuestros. Responda START si los quiere de nuevo.`,
  stoppedMarketing: (sender) =>
    `${sender}: no recibira mas ofertas. Los mensajes sobre sus citas siguen; responda STOPALL para terminarlos.`,
  helpText: (sender, phone) => `${sender}: preguntas? Llame al ${phone}. Responda STOP para no recibir mas.`,
  confirmed: (sender, when) => `${sender}: gracias, le esperamos el ${when}.`,
};

const nb: ReplyWords = {
  stop: ["stopp", "avslutt", "meld meg av"],
  stopAlone: ["slutt"],
  start: [],
  confirm: ["ja", "j", "j1", "bekreft", "bekrefter", "jeg bekrefter", "jeg kommer"],
  help: ["hjelp"],
  courtesies: ["takk", "vennligst", "meg", "na"],
  pleas: [
    /\b(?:slutt|stopp) (?:\w+ ){0,2}(?:sende|sms|meldinger|tekste)\b/,
    /\bikke send\w* (?:meg )?(?:flere |mer )?(?:sms|meldinger|melding)\b/,
    /\bfeil nummer\b/,
  ],
  exceptions: [],
  stopped: (sender) => `${sender}: du får ikke flere meldinger fra oss. Svar START hvis du vil ha dem igjen.`,
  stoppedMarketing: (sender) =>
    `${sender}: du får ikke flere tilbud fra oss. Meldinger om timene dine fortsetter; svar STOPALL for å slippe dem også.`,
  helpText: (sender, phone) => `${sender}: spørsmål? Ring ${phone}. Svar STOP for å slippe meldinger.`,
  confirmed: (sender, when) => `${sender}: takk, vi venter deg ${when}.`,
};

export const REPLY_WORDS: Record<string, ReplyWords> = { en, es, nb };
