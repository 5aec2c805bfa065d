import { agendaPage } from "./agenda.ts";
import { byId, h, wait } from "./dom.ts";
import { homePage, shell } from "./home.ts";
import { loginPage, securityCheckPage } from "./login.ts";
import { type Boot, boot, request } from "./server.ts";

/** Pages by hash. Like the real one, this is a single document: going to another route loads nothing. */
const ROUTES: Record<string, { isOpen: boolean; page: (boot: Boot) => HTMLElement }> = {
  "/login": { isOpen: true, page: loginPage },
  "/login/securitycheck": { isOpen: true, page: securityCheckPage },
  "/PF/home/main": { isOpen: false, page: homePage },
  "/PF/schedule/scheduler/agenda": { isOpen: false, page: agendaPage },
};

let visit = 0;
let bounces = 0;
let cameByLink = false;

document.addEventListener("click", (event) => {
  cameByLink = event.target instanceof Element && event.target.closest("a[href^='#']") !== null;
});
addEventListener("hashchange", () => void show());
void show();
void poll();

async function show(): Promise<void> {
  const mine = ++visit;
  const byLink = cameByLink;
  cameByLink = false;
  const route = ROUTES[location.hash.slice(1)] ?? ROUTES["/login"];
  const state = await boot();
  if (mine !== visit || !route) return;
  const root = byId("app");
  if (!route.isOpen) root.replaceChildren(shell(state, false), h("div", { class: "loading-spinner" }, "Loading…"));
  if (!route.isOpen && !state.signedIn) return leaveForLogin(state);
  if (route.page === agendaPage && !byLink && bounces < state.switches.deepLinkBounce) {
    bounces += 1;
    location.hash = "#/PF/home/main";
    return;
  }
  await wait(state.delays.renderMs);
  if (mine !== visit) return;
  root.replaceChildren(...(route.isOpen ? [] : [shell(state, true)]), route.page(state));
  root.querySelector<HTMLElement>("[autofocus]")?.focus();
}

async function leaveForLogin(state: Boot): Promise<void> {
  await wait(state.delays.redirectMs);
  location.hash = "#/login";
}

/** Steady traffic, so that the network is never idle. */
async function poll(): Promise<void> {
  const { delays } = await boot();
  for (;;) {
    await wait(delays.pollMs);
    await request("poll").catch(() => undefined);
  }
}
