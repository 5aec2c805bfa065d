import { Hono } from "hono";
import { html } from "hono/html";
import { type Html, page } from "../pages/page.ts";
import type { NodeEnv } from "../serve.ts";
import { type Outside, weatherOf } from "./weather.ts";

/** `facts` are made when the page is: what a person needs to get in, such as a code that changes. */
export type Place = { name: string; url?: string; about: string; facts?: () => [name: string, value: string][] };

/** The door to the pretend outside world: its places, and the switches for what goes wrong there. */
export function indexPage(places: Place[], outside: Outside): Hono<NodeEnv> {
  const chosen = new Map<string, number>();
  const weather = weatherOf(outside);
  const app = new Hono<NodeEnv>();
  app.get("/", (c) => c.html(view(places, weather, chosen)));
  app.post("/weather", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    for (const { name, choices } of weather) {
      const index = Number(form.get(name) ?? chosen.get(name) ?? 0);
      if (index === (chosen.get(name) ?? 0)) continue;
      choices[index]?.apply(outside);
      chosen.set(name, index);
    }
    return c.redirect("/", 303);
  });
  return app;
}

function view(places: Place[], weather: ReturnType<typeof weatherOf>, chosen: Map<string, number>): Html {
  return page({
    title: "The pretend outside world",
    styles: STYLES,
    body: html`<main>
      <header><h1>The pretend outside world</h1>
        <p>Stand-ins for everything Hearback talks to. They speak the real protocols; nobody real is behind them.</p></header>
      <ul class="places">${places.map(
        ({
          name,
          url,
          about,
          facts,
        }) => html`<li><h2>${url ? html`<a href="${url}">${name}</a>` : name}</h2><p>${about}</p>
          ${facts ? html`<dl>${facts().map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>` : ""}</li>`,
      )}</ul>
      <form class="weather" method="post" action="/weather">
        <h2>Make something go wrong</h2>
        <p>Holds until you change it back.</p>
        ${weather.map(({ name, label, choices }) => {
          const current = chosen.get(name) ?? 0;
          return html`<label><span>${label}</span><select name="${name}" ${current === 0 ? "" : html`class="bad"`}>${choices.map(
            (choice, index) =>
              html`<option value="${index}" ${index === current ? html`selected` : ""}>${choice.label}</option>`,
          )}</select></label>`;
        })}
        <button>Change the weather</button>
      </form>
    </main>`,
  });
}

const STYLES = `
body { padding: 2rem 1rem 4rem; }
main { width: min(100%, 56rem); margin-inline: auto; display: grid; gap: 2rem; grid-template-columns: minmax(0, 1fr); }
header { display: grid; gap: .5rem; }
header p, li p, .weather p { color: var(--soft); }
h1 { font-size: clamp(1.75rem, 1.4rem + 1.6vw, 2.375rem); line-height: 1.15; letter-spacing: -.02em; }
h2 { font-size: 1.125rem; line-height: 1.3; }
.places { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; grid-template-columns: minmax(0, 1fr); }
.places li { position: relative; display: grid; gap: .25rem; align-content: start; padding: 1.125rem 1.25rem; border-radius: 1rem; background: var(--card); border: 1px solid var(--line); }
.places li:hover { border-color: var(--accent); }
.places a { text-decoration: none; }
.places a::after { content: ""; position: absolute; inset: 0; border-radius: 1rem; }
dl { margin: .25rem 0 0; font-size: .875rem; }
dl div { display: flex; flex-wrap: wrap; gap: 0 .5rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.weather { display: grid; gap: .75rem; padding: 1.25rem; border: 1px dashed var(--line); border-radius: 1rem; }
.weather label { display: grid; gap: .25rem .75rem; align-items: center; }
select { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border-radius: .625rem; border: 1px solid var(--line); background: var(--card); }
select.bad { border-color: var(--warn); background: var(--warn-paper); }
.weather button { justify-self: start; min-height: 2.75rem; padding: 0 1.25rem; border: 0; border-radius: 1.375rem; background: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer; }
@media (min-width: 800px) {
  .places { grid-template-columns: repeat(6, minmax(0, 1fr)); }
  .places li { grid-column: span 2; }
  .places li:nth-child(-n + 2) { grid-column: span 3; padding-block: 1.75rem; }
  .places li:nth-child(n + 6) { grid-column: span 3; }
  .places li:nth-child(n + 6):nth-child(even):last-child { grid-column: span 6; }
}
@media (min-width: 640px) { .weather label { grid-template-columns: 12rem minmax(0, 1fr); } }
`;
