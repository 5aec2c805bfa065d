import type { ErrorMeaning, ProviderWords } from "./channel.ts";
import { infobipWords } from "./infobip-words.ts";
import { sesWords } from "./ses-words.ts";
import { twilioWords } from "./twilio-words.ts";

/** Our own word, for a message that was found at the provider: what became of it is not known yet. */
export const TAKEN = "accepted";

const WORDS: Record<string, ProviderWords> = { twilio: twilioWords, infobip: infobipWords, ses: sesWords };
const NONE: ProviderWords = { stepOf: () => null, meaningOf: () => "other", namesPrices: false };

/** How to read what this provider says; of one that this version does not know, nothing is understood. */
export function wordsOf(provider: string): ProviderWords {
  return WORDS[provider] ?? NONE;
}

/** What an error means, whoever said it: no two providers use one code for different things. */
export function meaningOfAny(errorCode: string | null): ErrorMeaning {
  for (const { meaningOf } of Object.values(WORDS)) {
    const meaning = meaningOf(errorCode);
    if (meaning !== "other") return meaning;
  }
  return "other";
}
