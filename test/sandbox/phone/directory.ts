import { html } from "hono/html";
import { type Html, liveScript, page } from "../pages/page.ts";
import type { Account } from "../twilio/account.ts";
import { PHONE_STYLES } from "./styles.ts";
import { clock, dayOf, hueOf, initials, readablePhone } from "./words.ts";

/** All phones that were texted, the latest first. */
export function directoryPage(account: Account): Html {
  return page({
    title: "The patients' phones",
    styles: PHONE_STYLES,
    script: liveScript("/phone/live"),
    body: html`<main class="list">
      <header>
        <h1>The patients’ phones</h1>
        <p>Every text Hearback sends on this machine lands here. Nothing reaches a real phone.</p>
      </header>
      <div id="live">${phoneList(account)}</div>
      <form class="open" action="/phone/open" method="get">
        <label>Pick up another phone<input name="number" type="tel" required placeholder="+1 202 555 0101"></label>
        <button class="send">Open</button>
      </form>
    </main>
    <aside class="nobody"><p>Pick a phone to read its texts and answer them.</p></aside>`,
  });
}

/** The list of phones, to stand alone or beside a conversation. */
export function phoneList(account: Account, current?: string): Html {
  const phones = [...account.byPhone]
    .map(([number, messages]) => ({ number, last: messages[messages.length - 1] }))
    .sort((a, b) => (b.last?.createdAt ?? 0) - (a.last?.createdAt ?? 0));
  if (phones.length === 0) return html`<p class="empty">No texts yet. A phone shows up with its first text.</p>`;
  return html`<ul class="phones">
    ${phones.map(({ number, last }) => {
      const name = nameOf(account, number);
      return html`<li><a href="/phone/${number}" ${number === current ? html`aria-current="page"` : ""}>
        <span class="avatar" style="--hue: ${hueOf(name)}" aria-hidden="true">${initials(name)}</span>
        <strong>${name}</strong>
        <time>${last ? when(last.createdAt, account.now()) : ""}</time>
        <span class="preview">${last?.body ?? ""}</span>
      </a></li>`;
    })}
  </ul>`;
}

/** The invented owner of a phone, or its number. */
export function nameOf(account: Account, number: string): string {
  return account.phoneNames[number] ?? readablePhone(number);
}

function when(at: number, now: number): string {
  const day = dayOf(at, now);
  return day === "Today" ? clock(at) : (day.split(",")[0] ?? day);
}
