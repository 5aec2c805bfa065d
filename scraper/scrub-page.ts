import { load } from "cheerio/slim";
import { parsePage } from "./parse-page.ts";

/** Words of the page itself. All others may be a name. */
const PAGE_WORDS = new Set(
  `schedule standard view print all users day today previous next search patient patients status time provider type
  log in login username password code security check send error not found something went wrong loading
  mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
  jan feb mar apr may jun jul aug sep oct nov dec january february march april june july august september october
  november december am pm`.split(/\s+/),
);
const KEPT_ATTRIBUTES = new Set(["id", "class", "data-element", "role", "type", "name", "hidden", "href"]);
/** Record ids: long numbers, and hexadecimal of any kind. */
const RECORD_ID = /\d{5,}|\b(?=[0-9a-f-]*\d)[0-9a-f][0-9a-f-]{7,}/gi;

/**
 * The page with its structure and without its people: words that the page does not use by itself become x, digits 0,
 * attributes go unless they name a part of the layout. What is left shows how the layout moved. Empty for a page that is
 * nested too deep to be read.
 */
export function scrubPage(html: string): string {
  const page = load(parsePage(html) ?? "");
  page("script, style, template, noscript, svg, head").remove();
  for (const node of page.root().find("*").addBack().contents().toArray()) {
    if ("attribs" in node) scrubAttributes(node.attribs);
    else if (node.type === "text") node.data = scrubText(node.data);
    else if (node.type === "comment") node.data = "";
  }
  return page.html();
}

function scrubAttributes(attributes: Record<string, string>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (!KEPT_ATTRIBUTES.has(name) || (name === "href" && !value.startsWith("#"))) delete attributes[name];
    else attributes[name] = value.replaceAll(RECORD_ID, "0");
  }
}

function scrubText(text: string): string {
  return text
    .replaceAll(/\p{L}[\p{L}\p{M}]*/gu, (word) => (PAGE_WORDS.has(word.toLowerCase()) ? word : "x".repeat(word.length)))
    .replaceAll(/\p{N}/gu, "0");
}
