import { html } from "hono/html";
import { type Html, liveScript, page } from "../pages/page.ts";
import { type Account, type Message, type Sender, senderFor } from "../twilio/account.ts";
import { nameOf, phoneList } from "./directory.ts";
import { PHONE_STYLES } from "./styles.ts";
import { clock, dayOf, deliveryOf, hueOf, initials, linked, readablePhone, sizeOf } from "./words.ts";

/** One phone as its owner sees it: the conversation with `senderNumber`, or with whoever texted last. */
export function conversationPage(account: Account, phone: string, senderNumber?: string): Html {
  const messages = account.byPhone.get(phone) ?? [];
  const senders = sendersOf(account, messages);
  const sender = senders.find(({ number }) => number === senderNumber) ?? senders[0];
  const name = sender?.name ?? "Nobody yet";
  return page({
    title: `${name} · ${nameOf(account, phone)}`,
    styles: PHONE_STYLES,
    script: liveScript(`/phone/${encodeURIComponent(phone)}/live`),
    body: html`<aside class="list" id="others" aria-label="Phones">
      <header><h2 class="title"><a href="/phone">The patients’ phones</a></h2></header>
      ${phoneList(account, phone)}
    </aside>
    <main class="talk">
      <header class="bar">
        <a class="back" href="/phone" aria-label="All phones">‹</a>
        <span class="avatar" style="--hue: ${hueOf(name)}" aria-hidden="true">${initials(name)}</span>
        <div><h1>${name}</h1><p>To ${nameOf(account, phone)}${sender ? ` · from ${readablePhone(sender.number)}` : ""}</p></div>
      </header>
      <div id="live">
        ${senders.length > 1 ? threads(phone, senders, sender) : ""}
        ${log(
          account,
          messages.filter((message) => otherSide(message) === sender?.number),
        )}
      </div>
      ${sender ? replyForm(phone, sender) : ""}
    </main>
    `,
  });
}

function sendersOf(account: Account, messages: readonly Message[]): Sender[] {
  const numbers = new Set(messages.map(otherSide).reverse());
  if (numbers.size === 0) return account.senders.slice(0, 1);
  return [...numbers].map((number) => senderFor(account, { number }));
}

function otherSide(message: Message): string {
  return message.direction === "inbound" ? message.to : message.from;
}

function threads(phone: string, senders: Sender[], current: Sender | undefined): Html {
  return html`<nav class="threads" aria-label="Senders">${senders.map(
    (sender) =>
      html`<a href="/phone/${phone}?with=${encodeURIComponent(sender.number)}" ${sender === current ? html`aria-current="page"` : ""}>${sender.name}</a>`,
  )}</nav>`;
}

function log(account: Account, messages: Message[]): Html {
  if (messages.length === 0) return html`<div class="log"><p class="day">No texts yet</p></div>`;
  let day = "";
  return html`<div class="log" role="log" aria-label="Texts" tabindex="0"><ol>${messages.map((message) => {
    const today = dayOf(message.createdAt, account.now());
    const heading = today === day ? "" : html`<li class="day">${today}</li>`;
    day = today;
    return html`${heading}${bubble(message)}`;
  })}</ol></div>`;
}

function bubble(message: Message): Html {
  const mine = message.direction === "inbound";
  const { label, look } = deliveryOf(message);
  const at = new Date(message.createdAt).toISOString();
  return html`<li class="text ${mine ? "mine" : look}" data-sid="${message.sid}" data-status="${message.status}">
    <p class="bubble"><span class="hidden">${mine ? "You: " : ""}</span>${linked(message.body)}</p>
    <p class="meta"><time datetime="${at}">${clock(message.createdAt)}</time> · ${label}${mine ? "" : ` · ${sizeOf(message)}`}</p>
  </li>`;
}

function replyForm(phone: string, sender: Sender): Html {
  return html`<form class="reply" method="post" action="/phone/${phone}/reply">
    <input type="hidden" name="to" value="${sender.number}">
    <div class="quick" role="group" aria-label="Quick replies">
      ${["STOP", "START", "HELP"].map((word) => html`<button name="quick" value="${word}" formnovalidate>${word}</button>`)}
    </div>
    <div class="write">
      <label class="hidden" for="body">Text back</label>
      <input id="body" name="body" required autocomplete="off" placeholder="Text back to ${sender.name}" maxlength="1600">
      <button class="send">Send</button>
    </div>
  </form>`;
}
