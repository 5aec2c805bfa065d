import { byId, h } from "./dom.ts";
import { report, request } from "./server.ts";

/** User name and password. A refusal shows a sentence and leaves the form as it is. */
export function loginPage(): HTMLElement {
  const error = h("p", { class: "error", role: "alert" });
  const button = h("button", { id: "loginButton", type: "submit" }, "Log in");
  const form = h(
    "form",
    { class: "card" },
    h("h1", {}, "Log in"),
    field("Username", h("input", { id: "inputUsername", type: "text", autocomplete: "username" })),
    field("Password", h("input", { id: "inputPswd", type: "password", autocomplete: "current-password" })),
    error,
    button,
  );
  button.addEventListener("click", (event) => report("loginButton", event));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    const answer = await request("login", {
      username: byId<HTMLInputElement>("inputUsername").value,
      password: byId<HTMLInputElement>("inputPswd").value,
    });
    const { next, token, error: problem } = await answer.json();
    if (token) localStorage.setItem("token", token);
    error.textContent = problem ?? "";
    if (next) location.hash = next === "mfa" ? "#/login/securitycheck" : "#/PF/home/main";
  });
  return h("main", { class: "narrow" }, form);
}

/** Asks for a code by phone, then takes it. After a wrong code another one can be asked for. */
export function securityCheckPage(): HTMLElement {
  const note = h("p", { class: "note" }, "We text a code to the clinic's phone.");
  const error = h("p", { class: "error", role: "alert" });
  const send = h("button", { id: "sendCallButton", type: "button" }, "Send code");
  const code = h("input", { id: "code", type: "text", inputmode: "numeric", autocomplete: "one-time-code" });
  const confirm = h("button", { id: "sendCodeButton", type: "submit" }, "Confirm");
  const form = h(
    "form",
    { class: "card" },
    h("h1", {}, "Security check"),
    note,
    send,
    field("Code", code),
    error,
    confirm,
  );
  send.addEventListener("click", async (event) => {
    report("sendCallButton", event);
    const answer = await request("mfa/send", {});
    if (!answer.ok) location.hash = "#/login";
    note.textContent = "A code is on its way. It may take a minute.";
    error.textContent = "";
  });
  confirm.addEventListener("click", (event) => report("sendCodeButton", event));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await request("mfa/verify", { code: byId<HTMLInputElement>("code").value.trim() });
    const { token, error: problem } = await answer.json();
    error.textContent = problem ?? "";
    if (!token) return;
    localStorage.setItem("token", token);
    location.hash = "#/PF/home/main";
  });
  return h("main", { class: "narrow" }, form);
}

function field(label: string, input: HTMLElement): HTMLElement {
  return h("label", {}, h("span", {}, label), input);
}
