import type { Hono, MiddlewareHandler } from "hono";
import { METHOD_NAME_ALL } from "hono/router";
import { HearbackError } from "./errors.ts";
import { type AppEnv, problemAnswer } from "./http.ts";

/** Our longest address is a link of some 60 characters; a console page with filters stays far below this. */
const MAX_URL = 8_192;
const METHODS = ["GET", "POST"];

/**
 * Turns away what no honest caller sends, before any route sees it: an address that is too long (414) or is not text
 * (400), a query that names something twice (400), a body with two lengths (400), a method that the address does not
 * have (405). Method override headers are not looked at, anywhere.
 */
export function refuseOddRequests(app: Hono<AppEnv>): MiddlewareHandler<AppEnv> {
  return async function refuseOdd(c, next) {
    const { url } = c.req;
    if (url.length > MAX_URL)
      throw new HearbackError("URL_TOO_LONG", `The address is longer than ${MAX_URL} characters.`);
    // Without either of these there is nothing in it that could be wrong.
    if (/[%?]/.test(url)) refuseOddAddress(new URL(url));
    if (c.req.header("transfer-encoding") && c.req.header("content-length")) {
      throw new HearbackError("BAD_REQUEST", "The body's length is given in two ways.");
    }
    const method = c.req.method === "HEAD" ? "GET" : c.req.method;
    if (hasRoute(app, method, c.req.path)) return next();
    const others = METHODS.filter((each) => hasRoute(app, each, c.req.path));
    if (others.length === 0) return next();
    const answer = problemAnswer(new HearbackError("METHOD_NOT_ALLOWED", `This address takes ${others}.`), c);
    answer.headers.set("allow", others.join(", "));
    return answer;
  };
}

function refuseOddAddress({ pathname, searchParams }: URL): void {
  if (!isText(pathname)) throw new HearbackError("BAD_REQUEST", "The address is not well-formed UTF-8.");
  const names = [...searchParams.keys()];
  if (new Set(names).size < names.length) throw new HearbackError("BAD_REQUEST", "The query names something twice.");
}

/** Whether a handler, not only a middleware, is there for the method and path. */
function hasRoute(app: Hono<AppEnv>, method: string, path: string): boolean {
  return app.router.match(method, path)[0].some(([[, route]]) => route.method !== METHOD_NAME_ALL);
}

function isText(path: string): boolean {
  try {
    return !decodeURIComponent(path).includes("\0");
  } catch {
    return false;
  }
}
