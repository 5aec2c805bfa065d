import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { createApp } from "../../edge/app.ts";
import type { STAFF_ROUTES } from "../../edge/console/routes.tsx";

type Parts = { createApp: typeof createApp; STAFF_ROUTES: typeof STAFF_ROUTES };

/** The Worker's own route table and the staff policy, read from its bundle: what runs, not what a test believes runs. */
export async function readRoutes(): Promise<{ all: { method: string; path: string }[]; staff: Parts["STAFF_ROUTES"] }> {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export { createApp } from "./edge/app.ts"; export { STAFF_ROUTES } from "./edge/console/routes.tsx";',
      resolveDir: fileURLToPath(new URL("../../", import.meta.url)),
    },
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    loader: { ".sql": "text" },
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
  });
  const file = join(await mkdtemp(join(tmpdir(), "hearback-routes-")), "routes.mjs");
  await writeFile(file, outputFiles[0]?.text ?? "");
  const parts = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Parts;
  const all = parts.createApp({ now: Date.now }).routes.filter(({ method }) => method !== "ALL");
  return { all: all.map(({ method, path }) => ({ method, path })), staff: parts.STAFF_ROUTES };
}
