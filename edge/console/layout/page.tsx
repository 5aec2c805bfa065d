import { html, raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { StaffRequest } from "../staff.ts";
import { ROLE_WORDS } from "../words.ts";
import { Head } from "./head.tsx";
import { pageScript } from "./script.ts";

type PageParts = {
  title: string;
  /** One line under the title: what this page is for. */
  lede?: Child;
  /** To the right of the title: day picker, main action. */
  actions?: Child;
  children: Child;
};

/** A staff page inside the clinic's frame: navigation for this role, skip link, the page's own part. */
export function staffPage(
  request: StaffRequest,
  { title, lede, actions, children }: PageParts,
): Response | Promise<Response> {
  const { c, ctx, nonce } = request;
  const page = (
    <html lang="en">
      <Head title={title} owner={ctx.tenant.name} accent={ctx.tenant.settings.theme.accent} nonce={nonce} />
      <body>
        <a class="skip" href="#main">
          Skip to the page
        </a>
        <Frame {...request} />
        <main id="main" tabindex={-1}>
          <div class="title">
            <div>
              <h1>{title}</h1>
              {lede ? <p class="lede">{lede}</p> : null}
            </div>
            {actions}
          </div>
          {children}
        </main>
        <script nonce={nonce}>{raw(pageScript)}</script>
      </body>
    </html>
  );
  return c.html(html`<!doctype html>${page}`);
}

function Frame({ c, ctx, session, role, base, nav }: StaffRequest) {
  return (
    <header class="top">
      <a class="brand" href={base}>
        <i></i>
        {ctx.tenant.name}
      </a>
      <nav aria-label="Pages">
        {[...Map.groupBy(nav, ({ section }) => section)].map(([section, items]) => (
          <>
            <p aria-hidden="true">{section}</p>
            <ul aria-label={section}>
              {items.map(({ path, label }) => (
                <li>
                  <a href={base + path} aria-current={isHere(c.req.path, base + path) ? "page" : undefined}>
                    {label}
                  </a>
                </li>
              ))}
            </ul>
          </>
        ))}
      </nav>
      <details class="me">
        <summary>
          <span class="avatar" aria-hidden="true">
            {initials(session.name)}
          </span>
          <span class="who">{session.name}</span>
        </summary>
        <div class="sheet">
          <p>
            <strong>{session.name}</strong>
            <br />
            {ROLE_WORDS[role]}
          </p>
          {session.memberships.length > 1 ? <a href="/">Another clinic</a> : null}
          <form method="post" action="/sign-out">
            <button type="submit" class="plain">
              Sign out
            </button>
            <button type="submit" class="plain" name="everywhere" value="yes">
              Sign out on all devices
            </button>
          </form>
        </div>
      </details>
    </header>
  );
}

function isHere(path: string, target: string): boolean {
  return path === target || path.startsWith(`${target}/`);
}

function initials(name: string): string {
  const words = name.split(/[\s.@]+/).filter(Boolean);
  return `${words[0]?.[0] ?? ""}${words[1]?.[0] ?? ""}`.toUpperCase();
}
