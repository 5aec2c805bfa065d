import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scrubPage } from "./scrub-page.ts";

/** Takes the page on which something failed. */
export type Snapshots = { keep(reason: string, html: string): Promise<void> };

const KEPT_MS = 7 * 24 * 3_600_000;

/** Scrubbed pages as files in `folder`, readable by their owner, and deleted after a week. Only for operators who ask for them. */
export function snapshotFolder(folder: string, now: () => number = Date.now): Snapshots {
  return {
    async keep(reason, html) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await removeOld(folder, now() - KEPT_MS);
      const time = new Date(now()).toISOString().replaceAll(":", "-");
      await writeFile(join(folder, `${time}-${reason}.html`), scrubPage(html), { mode: 0o600 });
    },
  };
}

async function removeOld(folder: string, before: number): Promise<void> {
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(".html"))) {
    const { mtimeMs } = await stat(join(folder, name));
    if (mtimeMs < before) await rm(join(folder, name), { force: true });
  }
}
