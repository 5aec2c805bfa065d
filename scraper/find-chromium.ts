import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { ScrapeFailure } from "./failures.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const UNPACK_MS = 120_000;

/**
 * The browser to use: `chosenPath` if given, Playwright's own, one on the PATH, or the one inside the npm package
 * @sparticuz/chromium. Fails with `browser_missing`, saying what to install.
 */
export async function findChromium(chosenPath?: string): Promise<string> {
  if (chosenPath) {
    if (await isRunnable(chosenPath)) return chosenPath;
    throw new ScrapeFailure("browser_missing", `no program at ${chosenPath}`);
  }
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of [chromium.executablePath(), ...onPath]) if (await isRunnable(path)) return path;
  const packed = await unpackChromium();
  if (packed) return packed;
  throw new ScrapeFailure(
    "browser_missing",
    "install Chromium (apt-get install chromium, or npx playwright-core install chromium) or set CHROMIUM_PATH",
  );
}

/**
 * The browser of the npm package, unpacked once per version. The package itself unpacks straight to its final place,
 * where a second process would start a half-written file: so a child unpacks to a folder of its own, which is then renamed.
 */
async function unpackChromium(): Promise<string | null> {
  const entry = packageEntry();
  if (!entry) return null;
  const { version } = JSON.parse(await readFile(join(dirname(entry), "../package.json"), "utf8"));
  const folder = join(tmpdir(), `hearback-chromium-${version}-${process.getuid?.() ?? "user"}`);
  const program = join(folder, "chromium");
  if (await isRunnable(program)) return program;
  const draft = await mkdtemp(`${folder}-`);
  const script = `await (await import(${JSON.stringify(pathToFileURL(entry))})).default.executablePath()`;
  const env = { ...process.env, TMPDIR: draft, TEMP: draft, TMP: draft };
  try {
    await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env, timeout: UNPACK_MS });
  } catch {
    // It fails where the disk is full: what is there of it must not make that worse at every try.
    await rm(draft, { recursive: true, force: true });
    throw new ScrapeFailure("browser_missing", `the packed browser could not be unpacked to ${tmpdir()}`);
  }
  // Renaming fails when another process was first; its copy is as good.
  await rename(draft, folder).catch(() => rm(draft, { recursive: true, force: true }));
  return (await isRunnable(program)) ? program : null;
}

/** Production images carry a browser of their own and leave the package out. */
function packageEntry(): string | null {
  try {
    return createRequire(import.meta.url).resolve("@sparticuz/chromium");
  } catch {
    return null;
  }
}

async function isRunnable(path: string): Promise<boolean> {
  if (!path) return false;
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
