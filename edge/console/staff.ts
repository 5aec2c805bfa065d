import type { Context as HonoContext } from "hono";
import { Hono } from "hono";
import { type Context, contextFor } from "../context.ts";
import { randomToken } from "../crypto.ts";
import { findTenant } from "../directory.ts";
import { HearbackError } from "../errors.ts";
import type { AppEnv } from "../http.ts";
import { sessionOf } from "./auth/cookies.ts";
import { noteWithClinics } from "./auth/note-clinics.ts";
import { refuseForeign } from "./auth/same-origin.ts";
import type { Role, Session } from "./auth/session.ts";
import { guardHeaders } from "./headers.ts";
import { noteMiss } from "./note-miss.ts";
import { pageProblem } from "./problem.tsx";

/** One signed-in person's request for one page, already allowed. */
export type StaffRequest = {
  c: HonoContext<AppEnv>;
  /** The tenant's context; the actor is this person. */
  ctx: Context;
  session: Session;
  role: Role;
  /** `/t/slug`: what every link of a page begins with. */
  base: string;
  /** Lets this page's own style and script through the content security policy. */
  nonce: string;
  nav: NavItem[];
};

export type NavItem = { path: string; section: string; label: string };

/** A staff page or form. There is no route without roles: this is the only way to make one. */
export type StaffRoute = {
  method: "GET" | "POST";
  /** After `/t/:tenant`. */
  path: string;
  roles: readonly Role[];
  /** Its place in the navigation, for those who may open it. */
  nav?: { section: string; label: string };
  /** Asked for by a page on its own, not by a person: does not keep anybody signed in. */
  isBackground?: boolean;
  handle: (request: StaffRequest) => Promise<Response>;
};

/** Sent when a page renews itself. Whoever forges it only signs himself out sooner. */
const REFRESH_HEADER = "hearback-refresh";

/** The staff pages as a Hono app, each behind session, membership and role; forms also behind same-origin. */
export function staffPages(routes: readonly StaffRoute[]): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.onError(pageProblem);
  const navOf = (role: Role) =>
    routes.filter(({ roles }) => roles.includes(role)).flatMap(({ path, nav }) => (nav ? [{ path, ...nav }] : []));
  for (const route of routes) {
    app.on(route.method, route.path, async (c) => {
      const allowed = await admit(c, route);
      if (allowed instanceof Response) return allowed;
      return noteMiss(route, allowed, () => route.handle({ ...allowed, nav: navOf(allowed.role) }));
    });
  }
  return app;
}

/**
 * Lets the request in, or says where to sign in. Throws UNAUTHENTICATED for a request that is no page visit,
 * NOT_FOUND for a clinic that this person has no part in (whether it exists or not), FORBIDDEN for a wrong role.
 */
async function admit(c: HonoContext<AppEnv>, route: StaffRoute): Promise<Response | Omit<StaffRequest, "nav">> {
  const env = c.get("env");
  const nonce = randomToken(16);
  guardHeaders(c, nonce);
  if (route.method === "POST") refuseForeign(c);
  const session = await sessionOf(c, !route.isBackground && !c.req.header(REFRESH_HEADER));
  if (!session) {
    const isVisit = route.method === "GET" && (c.req.header("accept") ?? "").includes("text/html");
    if (!isVisit || route.isBackground) throw new HearbackError("UNAUTHENTICATED", "You are signed out.");
    const { pathname, search } = new URL(c.req.url);
    return c.redirect(`/sign-in?${new URLSearchParams({ return_to: pathname + search })}`, 303);
  }
  const slug = c.req.param("tenant") ?? "";
  const membership = session.memberships.find((each) => each.slug === slug);
  const opened = membership && (await findTenant(env, { slug }));
  if (!membership || !opened) {
    await noteWithClinics(c, session, { action: "clinic.missed", details: { route: route.path } });
    throw new HearbackError("NOT_FOUND", "There is no such clinic.");
  }
  const { role } = membership;
  if (!route.roles.includes(role)) throw new HearbackError("FORBIDDEN", "Your role does not open this page.");
  const actor = { type: "staff", email: session.email, role } as const;
  const ctx = contextFor(env, opened, actor, c.get("now"), c.get("requestId"));
  return { c, ctx, session, role, base: `/t/${slug}`, nonce };
}
