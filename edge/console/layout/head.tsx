import { raw } from "hono/html";
import { consoleStyle } from "./style.ts";

/** What every page of the console begins with. `owner` stands behind the title, `accent` is the owner's colour. */
export function Head({ title, owner, accent, nonce }: { title: string; owner: string; accent: string; nonce: string }) {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width,initial-scale=1" />
      <meta name="robots" content="noindex,nofollow" />
      <meta name="format-detection" content="telephone=no" />
      <title>{`${title} · ${owner}`}</title>
      <style nonce={nonce}>{raw(consoleStyle(accent))}</style>
    </head>
  );
}
