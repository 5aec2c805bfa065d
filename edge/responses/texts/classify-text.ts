import { CARRIER_STOP_WORDS } from "../../../templates/message/stop-words.ts";
import { REPLY_WORDS, type ReplyWords } from "../../../templates/reply-words.ts";

/** What a text wants, and in which language it was said. */
export type TextIntent = { language: string } & (
  | { kind: "stop"; source: "keyword" | "free_text" }
  | { kind: "start" }
  /** A yes. `isStart`: the very word also brings texts back, so that it depends on what the number was told. */
  | { kind: "confirm"; isStart: boolean }
  | { kind: "help" }
  | { kind: "other" }
);

/** Nobody writes a longer plea; bounds the work on hostile texts. */
const MAX_LENGTH = 1600;

/**
 * Reads what a patient texted. All languages are tried, whatever the patient's own: a word that means stop in one of
 * them stops. `free_text` is a guess on the safe side, for staff to look at. Opting in takes an exact word.
 */
export function classifyText(body: string): TextIntent {
  const said = plain(body.slice(0, MAX_LENGTH));
  for (const [language, words] of Object.entries(REPLY_WORDS)) {
    const source = stopSource(said, words);
    if (source) return { kind: "stop", source, language };
    const isStart = words.start.includes(said);
    if (words.confirm.includes(withoutCourtesies(said, words))) return { kind: "confirm", isStart, language };
    if (isStart) return { kind: "start", language };
    if (words.help.includes(withoutCourtesies(said, words))) return { kind: "help", language };
  }
  return { kind: "other", language: "en" };
}

/** Whether the carrier has already confirmed the opt-out, so that a second confirmation would be one too many. */
export function isConfirmedByCarrier(body: string): boolean {
  return CARRIER_STOP_WORDS.includes(body.trim().toLowerCase());
}

function stopSource(said: string, words: ReplyWords): "keyword" | "free_text" | null {
  const core = withoutCourtesies(said, words);
  if (has(words.stop, core) || has(words.stop, said) || has(words.stopAlone, said)) return "keyword";
  if (has(words.stopAlone, core)) return "free_text";
  const isPlea = words.pleas.some((plea) => plea.test(said)) && !words.exceptions.some((each) => each.test(said));
  return isPlea ? "free_text" : null;
}

/** "Stopp" and "stoooop" are "stop". */
function has(list: string[], said: string): boolean {
  return list.some((each) => squeezed(each) === squeezed(said));
}

function squeezed(text: string): string {
  return text.replace(/(\p{L})\1+/gu, "$1");
}

function withoutCourtesies(said: string, { courtesies }: ReplyWords): string {
  return said
    .split(" ")
    .filter((word) => !courtesies.includes(word))
    .join(" ");
}

function plain(body: string): string {
  return body
    .normalize("NFKD")
    .replace(/[\p{M}'’]/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
