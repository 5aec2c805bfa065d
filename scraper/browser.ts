import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";
import { ScrapeFailure } from "./failures.ts";
import { findChromium } from "./find-chromium.ts";

/** What a schedule can be read without. */
const USELESS = new Set(["image", "font", "media"]);

/**
 * Starts a headless Chromium (see `findChromium` for which one); the caller closes it. Inside Chromium's own sandbox
 * where the system allows one: not as root, and not in containers without user namespaces.
 */
export async function launchBrowser(options: { chromiumPath?: string } = {}): Promise<Browser> {
  const executablePath = await findChromium(options.chromiumPath);
  const isRoot = process.getuid?.() === 0;
  // /dev/shm is 64 MB in a container that was not told otherwise; the temporary folder has no such limit.
  const launch = (chromiumSandbox: boolean) =>
    chromium.launch({ executablePath, chromiumSandbox, args: ["--disable-dev-shm-usage"] });
  try {
    return await (isRoot ? launch(false) : launch(true).catch(() => launch(false)));
  } catch (error) {
    const library = /error while loading shared libraries: (\S+?):/.exec(String(error))?.[1];
    const reason = library ? `${executablePath} needs ${library}` : `${executablePath} did not start`;
    throw new ScrapeFailure("browser_missing", reason);
  }
}

/**
 * A fresh context that loads nothing but documents, styles, scripts and data of `hosts` (a host covers its subdomains),
 * and accepts native dialogs, which would otherwise stop the page. `blocked` collects the foreign hosts it kept out.
 */
export async function openContext(
  browser: Browser,
  options: Pick<BrowserContextOptions, "storageState" | "timezoneId"> & { hosts: string[]; blocked?: Set<string> },
): Promise<BrowserContext> {
  const { hosts, blocked, ...rest } = options;
  const context = await browser.newContext({ locale: "en-US", ...rest });
  await context.route("**/*", async (route) => {
    const request = route.request();
    const { hostname, protocol } = new URL(request.url());
    const isOurs =
      !protocol.startsWith("http") || hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`));
    if (!isOurs) blocked?.add(hostname);
    await (isOurs && !USELESS.has(request.resourceType()) ? route.continue() : route.abort());
  });
  context.on("page", (page) => page.on("dialog", (dialog) => void dialog.accept().catch(() => {})));
  return context;
}

/** The host of a site and, if it is a name, everything beside it: `static.example.com` stands for `example.com`. */
export function siteHost(url: string): string {
  const { hostname } = new URL(url);
  return /^[\d.]+$|:/.test(hostname) ? hostname : hostname.split(".").slice(-2).join(".");
}
