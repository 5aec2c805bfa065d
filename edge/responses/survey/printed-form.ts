import { Buffer } from "node:buffer";

/** A page as it goes out, and what lets its style through the content security policy: the style's own hash. */
export type Print = { html: string; gzip: ArrayBuffer; styleSource: string };

/** Some tenants' surveys in a few languages; beyond that the oldest print goes. */
const MOST_PRINTS = 200;

const prints = new Map<string, Print>();

/**
 * An untouched form, printed and packed once per isolate for all who open one like it: packing costs more than all else
 * that opening a link does here. `key` must name everything that `render` uses, so nothing of one link may be in it.
 */
export async function printedForm(
  key: string,
  render: () => { toString(): string } | Promise<{ toString(): string }>,
): Promise<Print> {
  const known = prints.get(key);
  if (known) return known;
  const html = String(await render());
  const print = {
    html,
    gzip: await pack(html),
    styleSource: await hashOf(/<style[^>]*>(.*?)<\/style>/s.exec(html)?.[1]),
  };
  if (prints.size >= MOST_PRINTS) prints.delete(prints.keys().next().value ?? "");
  prints.set(key, print);
  return print;
}

/** The print as an answer; whoever does not take gzip gets it unpacked. */
export function answerWith({ html, gzip }: Print, acceptEncoding: string | undefined): Response {
  const headers = { "content-type": "text/html; charset=UTF-8" };
  if (!acceptEncoding?.includes("gzip")) return new Response(html, { headers });
  // Or the platform would pack it once more.
  const packed: ResponseInit & { encodeBody: "manual" } = {
    headers: { ...headers, "content-encoding": "gzip" },
    encodeBody: "manual",
  };
  return new Response(gzip, packed);
}

function pack(html: string): Promise<ArrayBuffer> {
  return new Response(new Blob([html]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}

async function hashOf(style = ""): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
  return `'sha256-${Buffer.from(hash).toString("base64")}'`;
}
