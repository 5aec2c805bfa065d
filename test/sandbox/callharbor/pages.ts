import { html, raw } from "hono/html";

const STYLE = `
body { margin: 0; font: 15px/1.45 system-ui, sans-serif; color: #222; background: #f3f1ee; }
header { padding: .7rem 1.2rem; background: #3b2f63; color: #fff; }
main { max-width: 34rem; margin: 2rem auto; padding: 1.5rem; background: #fff; border-radius: 10px; }
label { display: grid; gap: .2rem; margin-bottom: .8rem; }
input { font: inherit; padding: .4rem .6rem; }
.error { color: #a3201a; }
li { padding: .6rem 0; border-bottom: 1px solid #e6e2dc; list-style: none; }
ul { padding: 0; }
`;

type Html = ReturnType<typeof html>;

function page(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${raw(STYLE)}</style></head>
<body><header>phone portal <b>sandbox</b></header><main><h1>${title}</h1>${body}</main></body></html>`;
}

export function loginView(account: { username: string; password: string }, problem: string): Html {
  return page(
    "Log in",
    html`<form method="post" action="/portal/login/index">
<p class="error">${problem}</p>
<label>Login name <input name="data[Login][username]" autocomplete="username"></label>
<label>Password <input name="data[Login][password]" type="password"></label>
<input class="btn btn-large color-primary" type="submit" value="Log In">
<p>Sandbox. Account: ${account.username} / ${account.password}</p>
</form>`,
  );
}

export function totpView(problem: string): Html {
  return page(
    "Two-step check",
    html`<form method="post" action="/portal/login/mfa/1">
<p class="error">${problem}</p>
<label>Passcode <input name="data[Login][passcode]" inputmode="numeric" autocomplete="off"></label>
<button type="submit">Submit</button>
</form>`,
  );
}

/** The list arrives by script after `renderMs`, as on the real page: whoever reads at once reads nothing. */
export function messagesView(renderMs: number): Html {
  return page(
    "Messages",
    html`<ul id="conversations"></ul>
<script>
setTimeout(async () => {
  const texts = await (await fetch("/portal/messages/list")).json();
  for (const text of texts) {
    const item = document.createElement("li");
    const line = document.createElement("div");
    line.className = "conversation-recent-msg";
    line.textContent = " " + text + " ";
    item.append(line);
    document.getElementById("conversations").append(item);
  }
}, ${raw(String(renderMs))});
</script>`,
  );
}
