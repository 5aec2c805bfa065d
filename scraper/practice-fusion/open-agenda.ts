import { ScrapeFailure } from "../failures.ts";
import { type Desk, goToRoute, lookInside } from "./desk.ts";
import { ROUTES, SELECTORS } from "./selectors.ts";
import { look, type Sight } from "./sight.ts";

const isAgenda = (sight: Sight) => sight.hash.startsWith(ROUTES.agenda) && sight.shownOn !== undefined;

/** True when the saved session still opens a page. A form that asks who we are decides against it, however late it comes. */
export async function isSessionAlive(desk: Desk): Promise<boolean> {
  await goToRoute(desk, ROUTES.home);
  const probe = async () => {
    const { isLogin, isSecurityCheck, isSignedIn } = await look(desk.page);
    if (isLogin || isSecurityCheck) return false;
    return isSignedIn || undefined;
  };
  return desk.steps.until(probe, { limitMs: desk.settings.limits.pageMs, otherwise: "layout_changed" });
}

/** Opens the day agenda: by its address, and when that leads elsewhere, by the link on the page that it led to. */
export async function openAgenda(desk: Desk): Promise<void> {
  const { steps, settings } = desk;
  const limit = { limitMs: settings.limits.agendaMs, otherwise: "agenda_unreachable" } as const;
  if (isAgenda(await lookInside(desk))) return;
  await goToRoute(desk, ROUTES.agenda);
  const opened = await steps.until(() => agendaOr(desk, "elsewhere"), limit);
  if (opened === "agenda") return;
  await followLink(desk);
  await steps.until(() => agendaOr(desk, undefined), limit);
}

async function agendaOr<T>(desk: Desk, elsewhere: T): Promise<"agenda" | T | undefined> {
  const sight = await lookInside(desk);
  if (isAgenda(sight)) return "agenda";
  return sight.isSignedIn && !sight.hash.startsWith(ROUTES.agenda) ? elsewhere : undefined;
}

async function followLink({ page }: Desk): Promise<void> {
  const byAddress = page.locator(SELECTORS.scheduleLink).filter({ visible: true });
  const byName = page.getByRole("link", { name: /schedule/i });
  for (const link of [byAddress, byName]) if ((await link.count()) > 0) return link.first().click();
  throw new ScrapeFailure("agenda_unreachable", "no link to the schedule");
}
