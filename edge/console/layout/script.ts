/**
 * The little that a staff page does by itself; everything works without it. `/` goes to the page's search. Once a
 * minute it asks whether the session lives, and leaves when it does not, so that no name stays on an empty desk's screen.
 * Where the answer at the `data-live` address changes, the parts with `data-part` are fetched anew; focus stays.
 */
export const pageScript = `
(() => {
const $ = (what) => document.querySelector(what);
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input,textarea,select")) return;
  const search = $("[data-search]");
  if (search) { event.preventDefault(); search.focus(); search.select?.(); }
});
const here = $(".top [aria-current=page]");
if (here) {
  const nav = here.closest("nav");
  nav.scrollLeft += here.getBoundingClientRect().left - nav.getBoundingClientRect().left - (nav.clientWidth - here.clientWidth) / 2;
}
const door = "/?" + new URLSearchParams({ return_to: location.pathname + location.search });
const leaveIfSignedOut = (answer) => { if (answer.status === 401) location.replace(door); return answer; };
setInterval(() => fetch("/session").then(leaveIfSignedOut, () => {}), 60000);
const filter = $("[data-filter]");
const applyFilter = () => {
  if (!filter) return;
  const wanted = filter.value.trim().toLowerCase();
  for (const row of document.querySelectorAll("[data-find]")) row.hidden = !row.dataset.find.includes(wanted);
};
filter?.addEventListener("input", applyFilter);
for (const field of document.querySelectorAll("[data-submit]")) field.addEventListener("change", () => field.form.requestSubmit());
const live = $("[data-live]");
if (!live) return;
const refresh = async () => {
  if (document.visibilityState === "hidden") return;
  const answer = leaveIfSignedOut(await fetch(live.dataset.live));
  if (!answer.ok) return;
  const version = await answer.text();
  if (version === live.dataset.version) return;
  const page = await fetch(location.href, { headers: { accept: "text/html", "hearback-refresh": "1" } });
  if (!page.ok) return;
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
  const focused = document.activeElement?.id;
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = fresh.querySelector('[data-part="' + part.dataset.part + '"]');
    if (next) part.replaceChildren(...next.childNodes);
  }
  live.dataset.version = version;
  applyFilter();
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
};
const again = () => refresh().catch(() => {}).finally(() => setTimeout(again, 4000));
setTimeout(again, 4000);
addEventListener("visibilitychange", () => refresh().catch(() => {}));
})();
`.trim();
