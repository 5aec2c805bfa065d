import { html, raw } from "hono/html";

export type Html = ReturnType<typeof html>;

/** One page of the pretend outside world: title, its own styles and, where it lives on, its own script. */
export function page(content: { title: string; styles: string; body: Html; script?: string }): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${content.title}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
<style>${raw(TOKENS + content.styles)}</style>
</head>
<body>${content.body}${content.script ? html`<script>${raw(content.script)}</script>` : ""}</body>
</html>`;
}

/**
 * Brings the elements `#live` and `#others` up to date whenever the stream at `streamPath` says so. Someone who reads
 * the end of the texts stays at the end; what is being typed is left alone.
 */
export function liveScript(streamPath: string): string {
  return `const STREAM = ${JSON.stringify(streamPath)};${LIVE}`;
}

const LIVE = `
const log = () => document.querySelector("#live .log");
const sids = () => new Set([...document.querySelectorAll("[data-sid]")].map((text) => text.dataset.sid));
const toEnd = () => { if (log()) log().scrollTop = log().scrollHeight; };
const refresh = async () => {
  const fresh = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  if (!document.querySelector(".reply") !== !fresh.querySelector(".reply")) return location.reload();
  const [old, known] = [log(), sids()];
  const atEnd = !old || old.scrollHeight - old.scrollTop - old.clientHeight < 80;
  const top = old?.scrollTop ?? 0;
  for (const id of ["live", "others"]) {
    const [now, next] = [document.getElementById(id), fresh.getElementById(id)];
    if (now && next && now.innerHTML !== next.innerHTML) now.innerHTML = next.innerHTML;
  }
  for (const text of document.querySelectorAll("[data-sid]")) {
    if (!known.has(text.dataset.sid)) text.classList.add("arrives");
  }
  if (atEnd) toEnd(); else log().scrollTop = top;
};
let busy = false, again = false;
const changed = async () => {
  again = true;
  if (busy) return;
  busy = true;
  while (again) { again = false; await refresh(); }
  busy = false;
};
const stream = new EventSource(STREAM);
stream.addEventListener("change", changed);
// What changed between the page and its stream, or while the stand-in was restarting, sent no event.
stream.addEventListener("open", changed);
toEnd();`;

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#0f766e" d="M5 5h22a3 3 0 0 1 3 3v13a3 3 0 0 1-3 3H14l-7 6v-6H5a3 3 0 0 1-3-3V8a3 3 0 0 1 3-3z"/></svg>';

const TOKENS = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f3f1ec, #0f1413);
  --card: light-dark(#fffefb, #181f1d);
  --line: light-dark(#dedad0, #2b3532);
  --ink: light-dark(#1b2422, #e9efec);
  --soft: light-dark(#59635f, #a3b0ab);
  --accent: light-dark(#0b665d, #5fd0bf);
  --on-accent: light-dark(#ffffff, #06201c);
  --warn: light-dark(#9a3412, #fbae7d);
  --warn-paper: light-dark(#fdf1e7, #2c1d14);
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 ui-sans-serif, system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1, h2, p { margin: 0; text-wrap: pretty; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .4rem; }
button, input, select { font: inherit; color: inherit; }
@media (prefers-reduced-motion: no-preference) { .arrives { animation: arrive .25s ease-out; } }
@keyframes arrive { from { opacity: 0; translate: 0 .5rem; } }
`;
