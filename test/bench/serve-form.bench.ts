import { startDesk } from "../harness.ts";
import { peakMemoryMB, workerdPid } from "../sandbox/processes.ts";
import { alternate } from "./alternate.ts";
import { openLinks } from "./open-links.ts";
import { expectStatus, inLines, startPlainWorker } from "./plain-worker.ts";
import type { Measured } from "./run.ts";

const REQUESTS = 600;
const LINES = 16;

export const name = "serve-form";

/** Openings of a survey link per second, against a bare Worker that answers with one point read. */
export async function run(): Promise<Measured> {
  const desk = await startDesk();
  const plain = await startPlainWorker(
    desk.sqld,
    `app.get("/make", async (c) => {
      const db = connect();
      await db.batch(["CREATE TABLE rows (id TEXT PRIMARY KEY, text TEXT)", "INSERT INTO rows VALUES ('a', 'hello')"]);
      return c.text("ok");
    });
    app.get("/", async (c) => c.html((await connect().execute({ sql: "SELECT text FROM rows WHERE id = ?", args: ["a"] })).rows[0].text));`,
  );
  try {
    const links = await openLinks(desk, await desk.addTenant(), 50);
    await expectStatus(200, fetch(`${plain.url}/make`));
    const requests = Array.from({ length: REQUESTS }, (_, index) => index);
    const measured = await alternate(
      5,
      () => inLines(LINES, requests, (index) => expectStatus(200, fetch(links[index % links.length] ?? ""))),
      () => inLines(LINES, requests, () => expectStatus(200, fetch(plain.url))),
    );
    const pid = await workerdPid(Number(new URL(desk.edge.url).port));
    const perSecond = {
      value: Math.round(measured.value * REQUESTS),
      baseline: Math.round(measured.baseline * REQUESTS),
    };
    return { ...measured, ...perSecond, unit: "forms/s", aim: 0.85, memoryMB: await peakMemoryMB(pid) };
  } finally {
    await plain.close();
    await desk.close();
  }
}
