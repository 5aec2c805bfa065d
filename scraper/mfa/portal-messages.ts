import { ScrapeFailure } from "../failures.ts";
import type { PortalDesk } from "./callharbor.ts";
import { codesIn, newCode } from "./code-source.ts";
import { lookAtPortal } from "./portal-sight.ts";

/** Loads the messages; false when the portal wants a login first. The list on the page comes later. */
export async function showMessages({ page, steps, settings }: PortalDesk): Promise<boolean> {
  const address = new URL("/portal/messages", settings.portalUrl).href;
  const response = await page.goto(address, { waitUntil: "domcontentloaded" });
  if (response && response.status() >= 500)
    throw new ScrapeFailure("portal_unreachable", `answer ${response.status()}`);
  const probe = async () => {
    const { isLogin, isTotp, path } = await lookAtPortal(page);
    if (isLogin || isTotp) return false;
    return path.endsWith("/portal/messages") || undefined;
  };
  return steps.until(probe, { limitMs: settings.limits.pageMs, otherwise: "portal_unreachable" });
}

/** All codes in the list as it is now: loads it, and waits until it is whole. */
export async function listCodes(desk: PortalDesk): Promise<string[]> {
  await reload(desk);
  const look = lookingAtList(desk);
  const probe = async () => {
    const { texts, isWhole } = await look();
    return isWhole ? codesIn(texts) : undefined;
  };
  return (await watch(desk, probe)) ?? [];
}

/**
 * Loads the list again and looks for a code that is not among the `known` while it comes: a new one is new, however
 * much is still missing. Undefined when a whole list had none, `everyMs` after loading at the earliest.
 */
export async function findNewCode(desk: PortalDesk, known: string[]): Promise<string | undefined> {
  const loadedAt = performance.now();
  await reload(desk);
  const look = lookingAtList(desk);
  const probe = async () => {
    const { texts, isWhole } = await look();
    const code = newCode(codesIn(texts), known);
    const isOver = isWhole && performance.now() - loadedAt >= desk.settings.limits.everyMs;
    return code !== undefined || isOver ? { code } : undefined;
  };
  return (await watch(desk, probe))?.code;
}

async function reload(desk: PortalDesk): Promise<void> {
  if (!(await showMessages(desk))) throw new ScrapeFailure("portal_unreachable", "logged out while waiting");
}

/** The latest text of each conversation; whole when it has some, the same for `stableMs`. */
function lookingAtList({ page, settings }: PortalDesk): () => Promise<{ texts: string[]; isWhole: boolean }> {
  let last = "";
  let steadySince = 0;
  return async () => {
    const { texts } = await lookAtPortal(page);
    const now = performance.now();
    if (texts.join("\n") !== last) {
      last = texts.join("\n");
      steadySince = now;
    }
    return { texts, isWhole: texts.length > 0 && now - steadySince >= settings.limits.stableMs };
  };
}

/** The list is rendered late; an empty one counts only when the time for a page is over, and has no answer. */
async function watch<T>({ steps, settings }: PortalDesk, probe: () => Promise<T | undefined>): Promise<T | undefined> {
  const limit = { limitMs: settings.limits.pageMs, otherwise: "portal_unreachable" } as const;
  return steps.until(probe, limit).catch((error: unknown) => {
    if (error instanceof ScrapeFailure && error.code === limit.otherwise) return undefined;
    throw error;
  });
}
