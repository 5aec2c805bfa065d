import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The Worker as one module, and what wrangler.toml binds to it. */
export type BuiltWorker = { script: string; workerOptions: { queueConsumers: Record<string, object> } };

let built: Promise<BuiltWorker> | undefined;

/** Builds the Worker once a process. A test run has many: they share one build by the file that `BUILT_WORKER` names. */
export function builtWorker(): Promise<BuiltWorker> {
  const file = process.env.BUILT_WORKER;
  built ??= file ? readOrBuild(file) : buildWorker();
  return built;
}

/** The Worker as one module, made as `wrangler deploy` makes it. */
export async function bundleEdge(plugins: Plugin[] = []): Promise<string> {
  const result = await build({
    plugins,
    entryPoints: [`${ROOT}edge/index.ts`],
    bundle: true,
    format: "esm",
    target: "es2024",
    write: false,
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["node:*", "cloudflare:*"],
    alias: nodeBuiltins(),
    // CommonJS libraries inside (twilio's signature check) ask for Node's parts by `require`.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire("file:///worker.js");' },
    loader: { ".sql": "text" },
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    logLevel: "error",
  });
  return result.outputFiles?.[0]?.text ?? "";
}

/** Libraries that say `require("crypto")` mean `node:crypto`. */
function nodeBuiltins(): Record<string, string> {
  return Object.fromEntries(
    ["crypto", "buffer", "url", "querystring", "util", "stream"].map((name) => [name, `node:${name}`]),
  );
}

async function buildWorker(): Promise<BuiltWorker> {
  // As heavy as the bundling, and needed for nothing else.
  const { unstable_getMiniflareWorkerOptions } = await import("wrangler");
  const { workerOptions } = unstable_getMiniflareWorkerOptions(`${ROOT}wrangler.toml`);
  return { script: await bundleEdge(), workerOptions: workerOptions as BuiltWorker["workerOptions"] };
}

/** Two processes may both find no file and build: what they write is the same, and it appears whole. */
async function readOrBuild(file: string): Promise<BuiltWorker> {
  const text = await readFile(file, "utf8").catch(() => null);
  if (text !== null) return JSON.parse(text) as BuiltWorker;
  const worker = await buildWorker();
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(worker));
  await rename(draft, file);
  return worker;
}
