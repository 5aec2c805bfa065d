import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { launchBrowser, openContext, siteHost } from "../../scraper/browser.ts";
import { findChromium } from "../../scraper/find-chromium.ts";
import { type NodeEnv, type Served, serveApp } from "../sandbox/serve.ts";

let browser: Browser;
let site: Served;
const asked: string[] = [];
beforeAll(async () => {
  browser = await launchBrowser();
  const app = new Hono<NodeEnv>();
  app.get("/page", (c) =>
    c.html(`<img src="/logo.png"><script src="/own.js"></script><script src="http://tracker.example/t.js"></script>
<style>@font-face{font-family:F;src:url(/f.woff2)} p{font-family:F}</style><p>text</p>`),
  );
  app.get("*", (c) => {
    asked.push(new URL(c.req.url).pathname);
    return c.text("document.title = 'script ran'", 200, { "content-type": "text/javascript" });
  });
  site = await serveApp(app);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

test("images, fonts and foreign hosts are kept out, the site's own scripts run, and the foreign host is named", async () => {
  const blocked = new Set<string>();
  const context = await openContext(browser, { hosts: [siteHost(site.url)], blocked });
  const page = await context.newPage();
  await page.goto(`${site.url}/page`);
  expect(await page.title()).toBe("script ran");
  expect(asked).toEqual(["/own.js"]);
  expect([...blocked]).toEqual(["tracker.example"]);
  await context.close();
});

test("a site's host covers its other names, an address only itself", () => {
  expect(siteHost("https://static.practicefusion.com/apps/ehr/index.html")).toBe("practicefusion.com");
  expect(siteHost("http://127.0.0.1:8080/")).toBe("127.0.0.1");
  expect(siteHost("http://localhost:8080/")).toBe("localhost");
});

test("a browser from the settings comes first, then Playwright's own, then one on the PATH; a wrong path is told by name", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hearback-bin-"));
  const program = join(folder, "chromium");
  writeFileSync(program, "#!/bin/sh\n");
  chmodSync(program, 0o755);
  expect(await findChromium(program)).toBe(program);
  await expect(findChromium("/nowhere/chromium")).rejects.toMatchObject({
    code: "browser_missing",
    message: expect.stringContaining("/nowhere/chromium"),
  });
  vi.stubEnv("PATH", folder);
  try {
    const playwrights = chromium.executablePath();
    expect(await findChromium()).toBe(existsSync(playwrights) ? playwrights : program);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a packed browser that cannot be unpacked leaves nothing behind, however often it is tried", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hearback-unpack-"));
  const env = { PATH: "", TMPDIR: folder, PLAYWRIGHT_BROWSERS_PATH: folder, NODE_OPTIONS: "--require /nowhere.js" };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    if (!existsSync(chromium.executablePath()))
      await expect(findChromium()).rejects.toMatchObject({ code: "browser_missing" });
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a browser that does not start is browser_missing, not a stack trace", async () => {
  await expect(launchBrowser({ chromiumPath: "/bin/false" })).rejects.toMatchObject({
    code: "browser_missing",
    message: expect.stringContaining("/bin/false"),
  });
});
