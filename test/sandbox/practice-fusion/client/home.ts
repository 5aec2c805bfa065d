import { h } from "./dom.ts";
import { type Boot, report } from "./server.ts";

const SCHEDULE = "#/PF/schedule/scheduler/agenda";

/** The bar on top of every page but login. It is there before the server has said whether the session still counts. */
export function shell({ switches }: Boot, isReady: boolean): HTMLElement {
  const marker = (name: string): Record<string, string> => (switches.noMarkers ? {} : { "data-element": name });
  const search = h("input", { type: "text", class: "search", placeholder: "Search patients" });
  if (!switches.searchBoxTrap) search.hidden = true;
  else if (isReady) search.setAttribute("autofocus", "");
  const answer = h("span", { class: "search-answer" });
  search.addEventListener("input", (event) => report("search typed", event));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") answer.textContent = "No patient found";
  });
  const nav = h(
    "nav",
    marker("main-nav"),
    h("a", { href: "#/PF/home/main" }, "Home"),
    h("a", { href: SCHEDULE }, "Schedule"),
  );
  const menu = h(
    "div",
    isReady ? { class: "who", ...marker("user-menu") } : { class: "who" },
    isReady ? "Front desk" : "",
  );
  return h(
    "header",
    { class: "topbar" },
    h("span", { class: "brand" }, "practice", h("b", {}, "sandbox")),
    search,
    answer,
    nav,
    menu,
  );
}

export function homePage(): HTMLElement {
  return h(
    "main",
    { class: "home" },
    h("h1", {}, "Good day"),
    h("p", {}, "This is a pretend EHR: its patients are invented and nothing leaves this machine."),
    h(
      "a",
      { class: "tile", href: SCHEDULE },
      h("b", {}, "Open the schedule"),
      h("span", {}, "Today's agenda, all providers"),
    ),
  );
}
