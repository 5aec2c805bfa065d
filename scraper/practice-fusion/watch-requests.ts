import type { Page, Request } from "playwright-core";

export type RequestWatch = {
  /** Call before an action; the traffic it causes is then told apart from what was under way. */
  mark(): number;
  /** Data requests since a mark that have no answer yet, and that were refused. The page's steady polling is left out. */
  since(mark: number): { pending: number; refused: number };
};

/** The same request this often is polling, and says nothing about the rows of a day. */
const POLLING = 3;

/** Watches the data requests of a page. The page's network is never idle, so only those behind a mark are of interest. */
export function watchRequests(page: Page): RequestWatch {
  const times = new Map<string, number>();
  const pending = new Map<Request, number>();
  const refusals: { mark: number; key: string }[] = [];
  let clock = 0;
  const keyOf = (request: Request) => `${request.method()} ${request.url()} ${request.postData() ?? ""}`;
  const isPolling = (key: string) => (times.get(key) ?? 0) >= POLLING;
  page.on("request", (request) => {
    if (!["xhr", "fetch"].includes(request.resourceType())) return;
    times.set(keyOf(request), (times.get(keyOf(request)) ?? 0) + 1);
    pending.set(request, ++clock);
  });
  page.on("response", (response) => {
    const mark = pending.get(response.request());
    if (mark !== undefined && response.status() >= 400) refusals.push({ mark, key: keyOf(response.request()) });
  });
  const settle = (request: Request) => void pending.delete(request);
  page.on("requestfinished", settle);
  page.on("requestfailed", settle);
  return {
    mark: () => clock,
    since: (mark) => ({
      pending: [...pending].filter(([request, at]) => at > mark && !isPolling(keyOf(request))).length,
      refused: refusals.filter((refusal) => refusal.mark > mark && !isPolling(refusal.key)).length,
    }),
  };
}
