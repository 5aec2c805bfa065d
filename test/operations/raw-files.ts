import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** All bytes of all files below, one character a byte. */
export function filesIn(path: string): string {
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name));
  return names
    .filter((name) => statSync(name).isFile())
    .map((name) => readFileSync(name).toString("latin1"))
    .join("\n");
}

/** Whether the word is in there: in any case, as UTF-16, in hex, or in base64 at any of its three places. */
export function holds(content: string, word: string): boolean {
  const bytes = Buffer.from(word);
  const base64 = [0, 1, 2].map((pad) =>
    Buffer.concat([Buffer.alloc(pad), bytes])
      .toString("base64")
      .slice(pad + 1, -4),
  );
  const exact = [Buffer.from(word, "utf16le").toString("latin1"), bytes.toString("hex"), ...base64].filter(
    (form) => form.length >= 6,
  );
  return exact.some((form) => content.includes(form)) || content.toLowerCase().includes(word.toLowerCase());
}
