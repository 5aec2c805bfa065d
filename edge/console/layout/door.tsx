import { html, raw } from "hono/html";
import type { Child } from "hono/jsx";
import { consoleStyle } from "./style.ts";

/** The colour of pages that belong to no clinic yet. */
const ACCENT = "#1f5f8b";

/** A page outside of any clinic: signing in, choosing a clinic, an error. */
export function doorPage({ nonce, title, children }: { nonce: string; title: string; children: Child }) {
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="robots" content="noindex,nofollow" />
        <title>{`${title} · Hearback`}</title>
        <style nonce={nonce}>{raw(consoleStyle(ACCENT))}</style>
      </head>
      <body class="door">
        <main>
          <p class="brand">
            <i></i>Hearback
          </p>
          <h1>{title}</h1>
          {children}
        </main>
      </body>
    </html>
  );
  return html`<!doctype html>${page}`;
}
