import { createHash } from "node:crypto";
import { Hono } from "hono";
import { html } from "hono/html";
import { type Html, liveScript, page } from "../pages/page.ts";
import { streamChanges } from "../pages/stream-changes.ts";
import { clock, dayOf } from "../phone/words.ts";
import type { NodeEnv } from "../serve.ts";
import type { Folder } from "./folder.ts";
import { readCsv } from "./read-csv.ts";
import { BOX_STYLES } from "./styles.ts";

/** Letters of a cell that a column of the table can hold. */
const LONG = 60;

/** What lies in the printer's folder, for people: `/box` lists the files, `/box/{name}` shows the pieces of one. */
export function boxPages(folder: Folder): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>().basePath("/box");
  app.get("/", (c) => c.html(listPage(folder)));
  app.get("/live", (c) =>
    streamChanges(c, (notify) => {
      folder.listeners.add(notify);
      return () => void folder.listeners.delete(notify);
    }),
  );
  app.get("/:name", (c) => {
    const name = c.req.param("name");
    const bytes = folder.files.get(name);
    return bytes ? c.html(filePage(folder, name, bytes)) : c.notFound();
  });
  return app;
}

function listPage(folder: Folder): Html {
  const files = [...folder.files].toReversed();
  return page({
    title: "The printer’s box",
    styles: BOX_STYLES,
    script: liveScript("/box/live"),
    body: html`<main>
      <header><h1>The printer’s box</h1>
        <p>The folder into which clinics put their mailings by SFTP. Nothing is printed on this machine.</p></header>
      <div id="live">${
        files.length === 0
          ? html`<p class="empty">No file yet. Commit a media buy of letters in the console: its file comes here within a minute.</p>`
          : html`<ul class="files">${files.map(([name, bytes]) => fileLine(folder, name, bytes))}</ul>`
      }</div>
    </main>`,
  });
}

function fileLine(folder: Folder, name: string, bytes: Buffer): Html {
  return html`<li data-sid="${name}"><a href="/box/${name}">
    <strong>${name}</strong> <span>${sizeOf(bytes)}</span> <time>${whenOf(folder, name)}</time>
  </a></li>`;
}

function filePage(folder: Folder, name: string, bytes: Buffer): Html {
  const [headers = [], ...rows] = readCsv(bytes.toString("utf8"));
  const digest = createHash("sha256").update(bytes).digest("hex");
  // What is too long for a column stands under its piece.
  const isLong = headers.map((_, at) => rows.some((row) => (row[at] ?? "").length > LONG));
  const cells = (row: string[], long: boolean) =>
    row.flatMap((cell, at) => (isLong[at] === long ? [{ cell, header: headers[at] ?? "" }] : []));
  const columns = cells(headers, false);
  return page({
    title: name,
    styles: BOX_STYLES,
    body: html`<main class="wide"><p><a href="/box">‹ The printer’s box</a></p>
      <header><h1>${name}</h1><p>${sizeOf(bytes)} · ${whenOf(folder, name)}</p>
        <p class="digest">SHA-256 ${digest}</p></header>
      <div class="scroll" tabindex="0" role="region" aria-label="The pieces"><table>
        <thead><tr>${columns.map(({ cell }) => html`<th scope="col">${cell}</th>`)}</tr></thead>
        ${rows.map(
          (row) => html`<tbody>
          <tr>${cells(row, false).map(({ cell, header }) => html`<td data-of="${header}">${cell}</td>`)}</tr>
          ${cells(row, true).map(
            ({ cell, header }) =>
              html`<tr class="long"><td colspan="${columns.length}" data-of="${header}">${cell}</td></tr>`,
          )}</tbody>`,
        )}
      </table></div></main>`,
  });
}

function sizeOf(bytes: Buffer): string {
  const pieces = readCsv(bytes.toString("utf8")).length - 1;
  return `${pieces} ${pieces === 1 ? "piece" : "pieces"}, ${bytes.length.toLocaleString("en-US")} bytes`;
}

/** A file under its temporary name has not arrived; nor has one that its sender put there in another way. */
function whenOf({ arrivals }: Folder, name: string): string {
  const at = arrivals.findLast((each) => each.name === name)?.at;
  return at === undefined ? "Being written" : `Arrived ${dayOf(at, Date.now()).toLowerCase()}, ${clock(at)}`;
}
