import { REPLY_WORDS } from "../reply-words.ts";

/** Words that carriers act on by themselves: whoever texts one gets no more texts, whatever the clinic meant by it. */
export const CARRIER_STOP_WORDS = ["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"];
/** Those that say nothing else: no purpose needs to stand beside them. */
const PLAIN = new Set(["stop", "stopall", "unsubscribe", "optout", "baja", "parar"]);

const OURS = ["en", "es"].flatMap((language) => {
  const words = REPLY_WORDS[language];
  return words ? [...words.stop, ...words.stopAlone] : [];
});
const WORDS = [...new Set([...CARRIER_STOP_WORDS, ...OURS])].sort((one, other) => other.length - one.length);
const WORD = `(?:${WORDS.join("|")})`;
const VERB = "(?:reply|respond|text|txt|send|answer|responda|responde|conteste|contesta|envi[eé]|env[ií]a|mande|manda)";

/** A stop word that a reader is told to send: right after the verb, or set apart by capitals or quotes. */
const AFTER_VERB = new RegExp(`\\b${VERB}\\b(?: back| us)?(?: with| con)?[:\\s]+["'“”«]?(${WORD})\\b`, "giu");
const SET_APART = new RegExp(`["“«](${WORD})["”»]|\\b(${WORD})\\b(?= (?:to|for|para)\\b)`, "giu");
/** What makes sending it right: the reader wants no more messages. */
const OPTS_OUT =
  /opt[ -]?out|unsubscri|stop (?:these|the|all|our|texts|messages|receiving|getting)|(?:no|any) (?:more|further)|(?:end|quit|cancel) (?:these |the |all |our )?(?:texts|messages|alerts)|not (?:get|receive)|no recibir|no (?:mas|más)|darse de baja|dejar de recibir|terminar (?:los )?mensajes/iu;
const PURPOSE = /\b(?:to|for|para)\s+(.+)/iu;

/**
 * Stop words that a text invites the reader to send for another purpose than to get no more messages, as they stand in
 * it. "Reply CANCEL to cancel your visit" would cancel nothing and silence every later reminder.
 */
export function misusedStopWords(text: string): string[] {
  return text.split(/[.!?\n;]+/).flatMap((sentence) => {
    const verbAt = sentence.search(new RegExp(`\\b${VERB}\\b`, "iu"));
    if (verbAt === -1) return [];
    return invitedWords(sentence, verbAt)
      .filter(({ word, at }) => !isOptOut(sentence, verbAt, word, at))
      .map(({ word }) => word);
  });
}

function invitedWords(sentence: string, verbAt: number): { word: string; at: number }[] {
  const found = new Map<number, string>();
  for (const pattern of [AFTER_VERB, SET_APART]) {
    for (const match of sentence.matchAll(pattern)) {
      const word = match[1] ?? match[2] ?? "";
      const at = match.index + match[0].lastIndexOf(word);
      const isShouted = word === word.toUpperCase() || pattern === AFTER_VERB || match[1] !== undefined;
      if (at > verbAt && isShouted) found.set(at, word);
    }
  }
  return [...found].map(([at, word]) => ({ word, at }));
}

/** What follows the word says why to send it; where nothing does, what stands before the verb. */
function isOptOut(sentence: string, verbAt: number, word: string, at: number): boolean {
  const [after = ""] = sentence.slice(at + word.length).split(/,| or | o /u);
  const purpose = PURPOSE.exec(after)?.[1] ?? PURPOSE.exec(sentence.slice(0, verbAt))?.[1];
  if (purpose === undefined) return PLAIN.has(word.toLowerCase());
  const isPlainCancel = PLAIN.has(word.toLowerCase()) && /^(?:stop|cancel|end|quit|parar|cancelar)\W*$/iu.test(purpose);
  return isPlainCancel || OPTS_OUT.test(purpose);
}
