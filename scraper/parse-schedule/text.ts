/** Marks the end of a block in collected text; a newline of the page's own stays `\n`. Both are white space to a reader. */
export const BLOCK_BREAK = "\v";

/** Invisible direction and joiner marks that pages put around phone numbers and names. */
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u00ad]/g;

/** Whether `tidy` has anything to do but trim: most text of a schedule has not, and there are thousands of cells. */
const UNTIDY = /[^\S ]| {2}|[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u00ad]/;

/** One line of text as a reader sees it: runs of white space (NBSP too) are one space, ends are trimmed. */
export function tidy(text: string): string {
  const trimmed = text.trim();
  return UNTIDY.test(trimmed) ? untangle(trimmed) : trimmed;
}

function untangle(text: string): string {
  return text.replace(INVISIBLE, "").replace(/\s+/g, " ").trim();
}

/** Every non-empty line: a block, a `<br>` and a newline in the page all end one. */
export function linesOf(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split(/[\v\n\r]+/)) {
    const tidied = tidy(line);
    if (tidied !== "") lines.push(tidied);
  }
  return lines;
}

/** The first non-empty block, its own newlines read as spaces: the value of a cell that also holds remarks. */
export function firstBlock(text: string): string {
  for (const block of text.split(BLOCK_BREAK)) {
    const tidied = tidy(block);
    if (tidied !== "") return tidied;
  }
  return "";
}
