import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { Head } from "./head.tsx";

/** The colour of pages that belong to no clinic yet. */
const ACCENT = "#1f5f8b";

/** A page outside of any clinic: signing in, choosing a clinic, an error. */
export function doorPage({ nonce, title, children }: { nonce: string; title: string; children: Child }) {
  const page = (
    <html lang="en">
      <Head title={title} owner="Hearback" accent={ACCENT} nonce={nonce} />
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
