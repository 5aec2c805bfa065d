import { randomBytes } from "node:crypto";
import type { Page } from "playwright-core";
import { type Desk, startDesk } from "../harness.ts";
import type { EdgeSettings } from "../sandbox/edge.ts";
import { freePort } from "../sandbox/free-port.ts";
import { STAFF, type StaffRole } from "../sandbox/oidc/staff.ts";
import { type Oidc, startOidc } from "../sandbox/oidc/start.ts";

/** The desk with the clinic's identity provider next to it. */
export type ConsoleDesk = Desk & { oidc: Oidc };

/** Like `startDesk`, with staff who can sign in. Close it in `afterAll`. */
export async function startConsole(settings: EdgeSettings = {}): Promise<ConsoleDesk> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startAt(await freePort(), settings);
    } catch (error) {
      // Where staff come back to has to be known first, and another part may have taken that port since: another one.
      if (tries === 5 || (error as { code?: string }).code !== "ERR_ADDRESS_IN_USE") throw error;
    }
  }
}

async function startAt(port: number, settings: EdgeSettings): Promise<ConsoleDesk> {
  const client = { clientId: "hearback", clientSecret: randomBytes(24).toString("base64") };
  const redirectUris = [`http://localhost:${port}/sign-in/done`];
  const oidc = await startOidc({ clients: [{ ...client, redirectUris }] });
  const desk = await startDesk(
    { OIDC_ISSUER: oidc.issuer, OIDC_CLIENT_ID: client.clientId, OIDC_CLIENT_SECRET: client.clientSecret, ...settings },
    { port },
  );
  const close = async () => {
    await desk.close();
    await oidc.close();
  };
  return { ...desk, oidc, close };
}

/** A browser without a screen: keeps cookies, sends what Chromium sends, follows nothing on its own. */
export type Visitor = {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** A form of our own page. Headers can be taken away or changed, to be somebody else's page. */
  post(path: string, form?: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  cookie(name: string): string | undefined;
};

/** A visitor who is not signed in. Addresses are of the desk unless they are whole. */
export function visitor(desk: { edge: { url: string } }): Visitor {
  const jar = new Map<string, string>();
  const visit = async (path: string, init: RequestInit & { headers: Record<string, string> }) => {
    const url = new URL(path, desk.edge.url);
    const own = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const cookie = init.headers.cookie ?? own;
    const answer = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { accept: "text/html", ...init.headers, cookie },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  };
  const own = { origin: desk.edge.url, "sec-fetch-site": "same-origin" };
  return {
    get: (path, headers = {}) => visit(path, { headers }),
    post: (path, form = {}, headers = own) => visit(path, { method: "POST", body: new URLSearchParams(form), headers }),
    cookie: (name) => jar.get(name),
  };
}

/** Goes through the whole sign-in as this role's member of staff; `last` is the answer of our own return address. */
export async function signIn(
  desk: { edge: { url: string } },
  role: StaffRole,
  { secondFactor = true, returnTo = "" } = {},
): Promise<Visitor & { last: Response }> {
  const staff = STAFF.find((member) => member.role === role)?.id ?? "";
  const someone = visitor(desk);
  const query = returnTo ? `?${new URLSearchParams({ return_to: returnTo })}` : "";
  let answer = await someone.get(`/sign-in${query}`);
  let at = `${desk.edge.url}/sign-in`;
  while (answer.status === 303 && !at.startsWith(`${desk.edge.url}/sign-in/done`)) {
    at = new URL(answer.headers.get("location") ?? "", at).href;
    const form = { staff, ...(secondFactor && { secondFactor: "on" }) };
    answer = await (at.includes("/choose/") ? someone.post(at, form, {}) : someone.get(at));
  }
  return { ...someone, last: answer };
}

/** Signs in with a real browser, by the one tap on the pretend identity provider, and waits for `path`. */
export async function signInWith(page: Page, desk: ConsoleDesk, role: StaffRole, path: string): Promise<void> {
  const name = STAFF.find((member) => member.role === role)?.name ?? "";
  await page.goto(desk.edge.url + path);
  await page.getByRole("button", { name: new RegExp(name) }).click();
  await page.waitForURL(desk.edge.url + path);
}
