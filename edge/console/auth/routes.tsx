import { Hono, type Context as HonoContext } from "hono";
import * as z from "zod";
import { randomToken } from "../../crypto.ts";
import { directoryOf } from "../../directory.ts";
import { HearbackError } from "../../errors.ts";
import type { AppEnv } from "../../http.ts";
import { readForm } from "../form.ts";
import { guardHeaders } from "../headers.ts";
import { doorPage } from "../layout/door.tsx";
import { pageProblem } from "../problem.tsx";
import { ROLE_WORDS } from "../words.ts";
import { sessionOf, setSessionCookie, setSignInCookie, signInCookie } from "./cookies.ts";
import { noteWithClinics } from "./note-clinics.ts";
import { refuseForeign } from "./same-origin.ts";
import { endSession, findSession, type Session, startSession } from "./session.ts";
import { beginSignIn, finishSignIn, RETURN_PATH, SIGN_IN_SECONDS } from "./sign-in.ts";

/** A page of ours, and nothing that a browser would take for another host. */
const LOCAL_PATH = /^\/t\/[a-z0-9-]+(\/[\w/-]*)?(\?[\w=&.%-]*)?$/;

/** The console's door: signing in and out, and the way to one's clinic. */
export const doorRoutes = new Hono<AppEnv>()
  .get("/", async (c) => {
    const session = await sessionOf(c);
    const [only, ...others] = session?.memberships ?? [];
    if (only && others.length === 0) return c.redirect(`/t/${only.slug}`, 303);
    return door(c, session ? chooserPage(session) : welcomePage(localPath(c)));
  })
  .get("/session", async (c) => {
    guardHeaders(c, randomToken(16));
    return c.body(null, (await sessionOf(c, false)) ? 204 : 401);
  })
  .get("/sign-in", async (c) => {
    const { url, state } = await beginSignIn(deskOf(c), localPath(c), c.req.query("prompt") === "login");
    guardHeaders(c, randomToken(16));
    setSignInCookie(c, state, SIGN_IN_SECONDS);
    return c.redirect(url, 303);
  })
  .get(RETURN_PATH, async (c) => {
    const state = c.req.query("state") ?? "";
    // Only the browser that began may end it: else a stranger's code would sign somebody in as that stranger.
    if (!state || state !== signInCookie(c)) {
      throw new HearbackError("UNAUTHENTICATED", "This sign-in was begun elsewhere. Please start again.");
    }
    setSignInCookie(c, null, 0);
    const code = c.req.query("code");
    if (!code) throw new HearbackError("UNAUTHENTICATED", "The sign-in service did not let you in.");
    const { identity, returnTo } = await finishSignIn(deskOf(c), { state, code });
    const directory = directoryOf(c.get("env"));
    const token = await startSession(directory, identity, c.get("now")());
    const session = await findSession(directory, token, c.get("now")(), false);
    if (session) await noteWithClinics(c, session, { action: "session.started" });
    setSessionCookie(c, token);
    guardHeaders(c, randomToken(16));
    return c.redirect(returnTo, 303);
  })
  .post("/sign-out", async (c) => {
    refuseForeign(c);
    const { everywhere } = await readForm(c, z.object({ everywhere: z.literal("yes").optional() }));
    const session = await sessionOf(c, false);
    if (session) {
      await endSession(directoryOf(c.get("env")), session, everywhere === "yes");
      await noteWithClinics(c, session, { action: "session.ended" });
    }
    setSessionCookie(c, null);
    guardHeaders(c, randomToken(16));
    return c.redirect("/", 303);
  });
doorRoutes.onError(pageProblem);

function localPath(c: HonoContext<AppEnv>): string {
  const returnTo = c.req.query("return_to") ?? "";
  return LOCAL_PATH.test(returnTo) ? returnTo : "/";
}

function deskOf(c: HonoContext<AppEnv>) {
  return { env: c.get("env"), directory: directoryOf(c.get("env")), now: c.get("now")() };
}

type DoorPage = { title: string; children: ReturnType<typeof WelcomeBody> };

function door(c: HonoContext<AppEnv>, page: DoorPage) {
  const nonce = randomToken(16);
  guardHeaders(c, nonce);
  return c.html(doorPage({ nonce, ...page }));
}

function welcomePage(returnTo: string): DoorPage {
  return { title: "The clinic's messages, explained", children: <WelcomeBody returnTo={returnTo} /> };
}

function WelcomeBody({ returnTo }: { returnTo: string }) {
  return (
    <>
      <p class="soft">Who was asked, who answered, and why a text was or was not sent.</p>
      <p>
        <a class="button" href={`/sign-in?${new URLSearchParams({ prompt: "login", return_to: returnTo })}`}>
          Sign in
        </a>
      </p>
      <p class="fine">With your clinic's own account and a second factor. Hearback keeps no passwords.</p>
    </>
  );
}

function chooserPage(session: Session): DoorPage {
  const hasNone = session.memberships.length === 0;
  const children = (
    <>
      <p class="soft">
        Signed in as {session.email}.{" "}
        {hasNone ? "No clinic has given this address a role yet. Ask your Hearback admin." : null}
      </p>
      <ul class="tabs">
        {session.memberships.map(({ slug, clinic, role }) => (
          <li>
            <a href={`/t/${slug}`}>
              {clinic} <b>{ROLE_WORDS[role]}</b>
            </a>
          </li>
        ))}
      </ul>
      <form method="post" action="/sign-out">
        <button type="submit" class="plain">
          Sign out
        </button>
      </form>
    </>
  );
  return { title: hasNone ? "No clinic yet" : "Which clinic?", children };
}
