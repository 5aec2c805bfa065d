import { html } from "hono/html";
import { type Html, page } from "../pages/page.ts";
import { hueOf, initials } from "../phone/words.ts";
import { ROLE_NAMES, STAFF } from "./staff.ts";

/** The sign-in page: no password, one button for each invented member of staff. */
export function chooserPage(uid: string, clientId: string): Html {
  return page({
    title: "Sign in · the pretend identity provider",
    styles: STYLES,
    body: html`<main>
      <header>
        <p class="where">The pretend identity provider</p>
        <h1>Who are you today?</h1>
        <p>Everyone here is invented. Pick someone to sign in to <strong>${clientId}</strong>; there is no password.</p>
      </header>
      <form method="post" action="/choose/${uid}">
        <ul>${STAFF.map(
          (member) => html`<li><button name="staff" value="${member.id}">
            <span class="avatar" style="--hue: ${hueOf(member.name)}" aria-hidden="true">${initials(member.name)}</span>
            <span class="who"><strong>${member.name}</strong> <span class="role">${ROLE_NAMES[member.role]}</span></span>
            <span class="does">${member.does}</span>
          </button></li>`,
        )}</ul>
        <label class="factor"><input type="checkbox" name="secondFactor" checked> With a second factor (amr: pwd, otp, mfa)</label>
      </form>
    </main>`,
  });
}

const STYLES = `
body { min-height: 100dvh; display: grid; place-items: center; padding: 1.25rem; }
main { width: min(100%, 30rem); display: grid; gap: 1.25rem; }
header { display: grid; gap: .375rem; }
header p { color: var(--soft); }
.where { font-size: .875rem; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -.015em; }
ul { list-style: none; margin: 0 0 1rem; padding: 0; display: grid; gap: .5rem; }
button { width: 100%; display: grid; grid-template-columns: auto 1fr; gap: .125rem .875rem; align-items: center; text-align: left; padding: .75rem .875rem; border: 1px solid var(--line); border-radius: .875rem; background: var(--card); cursor: pointer; }
button:hover { border-color: var(--accent); }
.avatar { grid-row: span 2; width: 2.75rem; height: 2.75rem; border-radius: 50%; display: grid; place-items: center; font-weight: 650; font-size: .9375rem; background: hsl(var(--hue) 45% 32%); color: #fff; }
.who { display: flex; flex-wrap: wrap; gap: .25rem .5rem; align-items: baseline; }
.role { font-size: .8125rem; color: var(--accent); }
.does { font-size: .875rem; color: var(--soft); }
.factor { display: flex; gap: .5rem; align-items: center; min-height: 2.75rem; color: var(--soft); font-size: .9375rem; }
.factor input { width: 1.25rem; height: 1.25rem; accent-color: var(--accent); }
`;
