import { html } from "hono/html";
import { type Html, page } from "../pages/page.ts";
import type { Message } from "./queue.ts";

/** What lies in each queue, taken or not, for a person to look at. */
export function queuesPage(queues: { name: string; messages: Message[] }[]): Html {
  return page({
    title: "The queues",
    styles: STYLES,
    body: html`<main>
      <h1>The queues</h1>
      <p>What the desk asks of a clinic’s own side, and what that answers. What is taken goes at once, so these are mostly empty.</p>
      ${queues.length === 0 ? html`<p>Nobody has used a queue yet.</p>` : ""}
      ${queues.map(
        ({ name, messages }) => html`<section><h2>${name}</h2>
          ${messages.length === 0 ? html`<p>It is empty: what was said has been taken.</p>` : ""}
          ${messages.map(({ group, body, receives }) => html`<p>Group ${group}, taken ${receives} times</p><pre>${body}</pre>`)}
        </section>`,
      )}
    </main>`,
  });
}

const STYLES = `
body { padding: 2rem 1rem 4rem; }
main { width: min(100%, 48rem); margin-inline: auto; display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); }
section { display: grid; gap: .5rem; padding: 1.125rem 1.25rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--card); grid-template-columns: minmax(0, 1fr); }
h1 { font-size: 1.75rem; } h2 { font-size: 1.125rem; } p { color: var(--soft); margin: 0; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8125rem; }
`;
