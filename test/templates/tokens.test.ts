import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TOKENS } from "../../templates/message/tokens.ts";

const MISSING = { default: "its default, else not sent", skip: "not sent", unset: "cannot be saved" };

test("the page for whoever writes messages has every token as the code knows it, and no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/messages.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$/gm)].map((row) => row.slice(1));
  const known = Object.entries(TOKENS).map(([name, { about, formats, whenMissing }]) => [
    name,
    about,
    formats.join(", "),
    MISSING[whenMissing],
  ]);
  expect(rows).toEqual(known);
});
