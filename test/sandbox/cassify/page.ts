import { html } from "hono/html";
import { type Html, page } from "../pages/page.ts";
import type { AddressLine } from "./start.ts";

/** The last file that came, as the address service reads it: keys and addresses, and never a name. */
export function cassifyPage(file: string | undefined): Html {
  const lines = (file ?? "").trim().split("\n").filter(Boolean);
  return page({
    title: "The address service",
    styles: STYLES,
    body: html`<main>
      <h1>The address service</h1>
      <p>${file === undefined ? "No file has come yet." : `The last file that came, ${lines.length} addresses. Nobody’s name is in it.`}</p>
      ${lines.length === 0 ? "" : html`<ol>${lines.map((line) => html`<li>${words(JSON.parse(line) as AddressLine)}</li>`)}</ol>`}
    </main>`,
  });
}

function words({ row_key: key, ...rest }: AddressLine): Html {
  const address = Object.values(rest).filter(Boolean).join(", ");
  return html`${address} <code>${key.slice(-8)}</code>`;
}

const STYLES = `
body { padding: 2rem 1rem 4rem; }
main { width: min(100%, 48rem); margin-inline: auto; display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); }
h1 { font-size: 1.75rem; } p, code { color: var(--soft); } code { font-size: .8125rem; }
ol { margin: 0; padding: 1.125rem 1.25rem 1.125rem 3rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--card); }
li { padding: .125rem 0; overflow-wrap: anywhere; }
`;
