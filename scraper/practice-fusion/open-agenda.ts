import { errors, type Locator } from "playwright-core";
import { type Desk, goToRoute, isAskingWhoWeAre, lookInside } from "./desk.ts";
import { ROUTES, SELECTORS } from "./selectors.ts";
import { look, type Sight } from "./sight.ts";

const isAgenda = (sight: Sight) => sight.hash.startsWith(ROUTES.agenda) && sight.shownOn !== undefined;

/** True when the saved session still opens a page. A form that asks who we are decides against it, however late it comes. */
export async function isSessionAlive(desk: Desk): Promise<boolean> {
  await goToRoute(desk, ROUTES.home);
  const probe = async () => {
    const sight = await look(desk.page);
    if (isAskingWhoWeAre(sight)) return false;
    return sight.isSignedIn || undefined;
  };
  return desk.steps.until(probe, { limitMs: desk.settings.limits.pageMs, otherwise: "layout_changed" });
}

/** Opens the day agenda: by its address, and when that leads elsewhere, by the link on the page that it led to. */
export async function openAgenda(desk: Desk): Promise<void> {
  const { steps, settings } = desk;
  if (isAgenda(await lookInside(desk))) return;
  await goToRoute(desk, ROUTES.agenda);
  let linksLeft = 3;
  const probe = async () => {
    const sight = await lookInside(desk);
    if (isAgenda(sight)) return true;
    const isElsewhere = sight.isSignedIn && !sight.hash.startsWith(ROUTES.agenda);
    if (isElsewhere && linksLeft > 0 && (await followLink(desk))) linksLeft -= 1;
    return undefined;
  };
  await steps.until(probe, { limitMs: settings.limits.agendaMs, otherwise: "agenda_unreachable" });
}

/** False if there was no link after all: the page may have changed since it was looked at. */
async function followLink({ page, settings }: Desk): Promise<boolean> {
  const byAddress = page.locator(SELECTORS.scheduleLink).filter({ visible: true });
  const byName = page.getByRole("link", { name: /schedule/i });
  for (const link of [byAddress, byName]) {
    if ((await link.count()) > 0) return clicked(link.first(), settings.limits.controlMs);
  }
  return false;
}

function clicked(link: Locator, timeout: number): Promise<boolean> {
  return link.click({ timeout }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof errors.TimeoutError) return false;
      throw error;
    },
  );
}
