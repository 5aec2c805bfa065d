import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { html, raw } from "hono/html";

const CLIENT = fileURLToPath(new URL("./client/", import.meta.url));

let script: Promise<string> | undefined;

/** The one document of the EHR, script and style inside; the account is written under it for people who try it. */
export async function pageDocument(account: { username: string; password: string }) {
  script ??= bundle();
  const style = await readFile(`${CLIENT}style.css`, "utf8");
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Practice sandbox</title>
<style>${raw(style)}</style>
</head>
<body>
<div id="app"></div>
<p class="hint">Sandbox. Account: ${account.username} / ${account.password}</p>
<script>${raw(await script)}</script>
</body>
</html>`;
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({ entryPoints: [`${CLIENT}app.ts`], bundle: true, write: false, format: "iife" });
  return outputFiles[0]?.text ?? "";
}
