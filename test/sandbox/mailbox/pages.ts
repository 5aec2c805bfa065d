import { Hono } from "hono";
import { html } from "hono/html";
import { type Html, liveScript, page } from "../pages/page.ts";
import { streamChanges } from "../pages/stream-changes.ts";
import { clock, dayOf, linked } from "../phone/words.ts";
import type { NodeEnv } from "../serve.ts";
import type { Box, HookCall, Mail } from "./box.ts";

/** What arrived, for people: `/mailbox` lists mails and webhook calls, `/mailbox/{id}` opens one. */
export function mailboxPages(box: Box): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>().basePath("/mailbox");
  app.get("/", (c) => c.html(listPage(box)));
  app.get("/live", (c) =>
    streamChanges(c, (notify) => {
      box.listeners.add(notify);
      return () => void box.listeners.delete(notify);
    }),
  );
  app.get("/:id", (c) => {
    const id = c.req.param("id");
    const mail = box.mails.find((one) => one.id === id);
    if (mail) return c.html(mailPage(mail));
    const call = box.hookCalls.find((one) => one.id === id);
    return call ? c.html(hookPage(call)) : c.notFound();
  });
  return app;
}

function listPage(box: Box): Html {
  return page({
    title: "The mailbox",
    styles: STYLES,
    script: liveScript("/mailbox/live"),
    body: html`<main>
      <header><h1>The mailbox</h1>
        <p>Every e-mail and alarm Hearback sends on this machine stops here.</p></header>
      <div id="live">
        <h2>E-mail</h2>
        ${list(
          box,
          box.mails.map((mail) => ({ ...mail, title: mail.subject, side: `To ${mail.to.join(", ")}` })),
        )}
        <h2>Alarms and webhooks</h2>
        ${list(
          box,
          box.hookCalls.map((call) => ({ ...call, title: call.body.slice(0, 120), side: call.name })),
        )}
      </div>
    </main>`,
  });
}

function list(box: Box, items: { id: string; at: number; title: string; side: string }[]): Html {
  if (items.length === 0) return html`<p class="empty">Nothing yet.</p>`;
  return html`<ul>${items.toReversed().map(
    ({ id, at, title, side }) => html`<li data-sid="${id}"><a href="/mailbox/${id}">
      <strong>${title}</strong> <time>${dayOf(at, box.now())}, ${clock(at)}</time> <span>${side}</span>
    </a></li>`,
  )}</ul>`;
}

function mailPage(mail: Mail): Html {
  const rows: [string, string][] = [
    ["From", mail.from],
    ["To", mail.to.join(", ")],
    ["Cc", mail.cc.join(", ")],
    ["Bcc", mail.bcc.join(", ")],
    ["Reply to", mail.replyTo.join(", ")],
    ...mail.headers.map(({ name, value }): [string, string] => [name, value]),
  ];
  return opened(
    mail.subject,
    mail.at,
    html`${table(rows.filter(([, value]) => value !== ""))}
      ${mail.html === null ? "" : html`<iframe sandbox="allow-popups" title="The e-mail" srcdoc="${mail.html}"></iframe>`}
      ${mail.text === null ? "" : html`<h2>As plain text</h2><div class="text">${linked(mail.text)}</div>`}`,
  );
}

function hookPage(call: HookCall): Html {
  return opened(call.name, call.at, html`<div class="text">${call.body}</div>${table(Object.entries(call.headers))}`);
}

function opened(title: string, at: number, body: Html): Html {
  return page({
    title,
    styles: STYLES,
    body: html`<main><p><a href="/mailbox">‹ The mailbox</a></p>
      <header><h1>${title}</h1><p>${new Date(at).toLocaleString("en-US")}</p></header>${body}</main>`,
  });
}

function table(rows: [string, string][]): Html {
  return html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${linked(value)}</dd>`)}</dl>`;
}

const STYLES = `
body { padding: 1.25rem 1rem 3rem; }
main { width: min(100%, 46rem); margin-inline: auto; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
header { display: grid; gap: .25rem; }
header p, time, dt, li span { color: var(--soft); }
h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em; }
h2 { font-size: 1.0625rem; margin: 1rem 0 .5rem; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
li a { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .125rem .75rem; padding: .75rem .875rem; border-radius: .875rem; background: var(--card); border: 1px solid var(--line); color: inherit; text-decoration: none; }
li a:hover { border-color: var(--accent); }
li strong { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
li time { font-size: .8125rem; }
li span { font-size: .9375rem; overflow: hidden; text-overflow: ellipsis; }
.empty { color: var(--soft); padding: 1rem; border: 1px dashed var(--line); border-radius: .875rem; }
dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .25rem 1rem; margin: 0; font-size: .9375rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.text { padding: 1rem; border-radius: .875rem; background: var(--card); border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
iframe { width: 100%; height: 28rem; border: 1px solid var(--line); border-radius: .875rem; background: #fff; }
`;
