import type { Context as HonoContext } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { randomToken } from "../crypto.ts";
import { type AppEnv, problemAnswer } from "../http.ts";
import { guardHeaders } from "./headers.ts";
import { doorPage } from "./layout/door.tsx";

type Problem = { status: number; detail: string; requestId: string | null };

const TITLES: Record<number, string> = {
  400: "That did not work",
  401: "You are signed out",
  403: "Not for you",
  404: "Nothing here",
  503: "One moment",
};

/** An error as a page for people, and as problem details for scripts; the same words in both. */
export async function pageProblem(error: unknown, c: HonoContext<AppEnv>): Promise<Response> {
  const answer = problemAnswer(error, c);
  if (!(c.req.header("accept") ?? "").includes("text/html")) return answer;
  const { status, detail, requestId } = (await answer.json()) as Problem;
  const nonce = randomToken(16);
  guardHeaders(c, nonce);
  const page = doorPage({
    nonce,
    title: TITLES[status] ?? "Something went wrong",
    children: (
      <>
        <p>{detail}</p>
        <p>
          <a class="button" href="/">
            Back to the start
          </a>
        </p>
        {requestId ? <p class="fine">Reference {requestId}</p> : null}
      </>
    ),
  });
  return c.html(page, status as ContentfulStatusCode);
}
