import { DomHandler, Parser } from "htmlparser2";

export type Document = DomHandler["root"];

/** Browsers nest elements no deeper than this. The parser's time grows with depth times length, so more is not read. */
const MAX_DEPTH = 512;

/** The page as a tree, or null when it is nested deeper than a browser would make it: then reading stops there. */
export function parsePage(html: string): Document | null {
  const handler = new DomHandler();
  const { onopentag, onclosetag } = handler;
  let depth = 0;
  handler.onopentag = (name, attributes) => {
    depth += 1;
    if (depth > MAX_DEPTH) parser.pause();
    else onopentag.call(handler, name, attributes);
  };
  handler.onclosetag = () => {
    depth -= 1;
    onclosetag.call(handler);
  };
  const parser = new Parser(handler);
  parser.write(html);
  if (depth > MAX_DEPTH) return null;
  parser.end();
  return handler.root;
}
