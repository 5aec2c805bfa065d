/** GSM 03.38 basic characters; each of the second list takes two places. */
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED = "^{}\\[~]|€\f";

export type Segments = {
  encoding: "GSM-7" | "UCS-2";
  count: number;
  /** Characters that force UCS-2 and so the shorter segments: what an author would want to change. */
  culprits: string[];
};

/** How many segments a carrier bills for the text: 160/153 characters in GSM-7, 70/67 UTF-16 units otherwise. */
export function segmentsOf(text: string): Segments {
  const culprits = [...new Set([...text].filter((letter) => !isGsm(letter)))];
  if (culprits.length > 0) return { encoding: "UCS-2", count: parts(text.length, 70, 67), culprits };
  const places = [...text].reduce((sum, letter) => sum + (EXTENDED.includes(letter) ? 2 : 1), 0);
  return { encoding: "GSM-7", count: parts(places, 160, 153), culprits };
}

/** Whether the letter has a place in the cheap alphabet. */
export function isGsm(letter: string): boolean {
  return BASIC.includes(letter) || EXTENDED.includes(letter);
}

function parts(length: number, single: number, each: number): number {
  return length <= single ? 1 : Math.ceil(length / each);
}
