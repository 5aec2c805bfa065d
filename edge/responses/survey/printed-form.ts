/** Stand in for what differs from link to link; no page has these words. */
const NONCE_MARK = "hearback-nonce-mark";
const ACTION_MARK = "hearback-action-mark";
/** Some tenants' surveys in a few languages; beyond that the oldest print goes. */
const MOST_PRINTS = 200;

const prints = new Map<string, string[]>();

type Marks = { nonce: string; action: string };

/**
 * An untouched form, printed once per isolate for all who open one like it: only the nonce and the link's own address
 * differ. `key` must name everything else that `render` uses.
 */
export async function printedForm(
  key: string,
  own: Marks,
  render: (marks: Marks) => { toString(): string } | Promise<{ toString(): string }>,
): Promise<string> {
  let parts = prints.get(key);
  if (!parts) {
    const text = String(await render({ nonce: NONCE_MARK, action: ACTION_MARK }));
    parts = text.split(new RegExp(`(${NONCE_MARK}|${ACTION_MARK})`));
    if (prints.size >= MOST_PRINTS) prints.delete(prints.keys().next().value ?? "");
    prints.set(key, parts);
  }
  return parts.map((part) => (part === NONCE_MARK ? own.nonce : part === ACTION_MARK ? own.action : part)).join("");
}
