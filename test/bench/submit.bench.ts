import { startDesk } from "../harness.ts";
import { peakMemoryMB, workerdPid } from "../sandbox/processes.ts";
import { alternate } from "./alternate.ts";
import { openLinks } from "./open-links.ts";
import { expectStatus, inLines, startPlainWorker } from "./plain-worker.ts";
import type { Measured } from "./run.ts";

const POSTS = 300;
const LINES = 16;
const ROUNDS = 5;

export const name = "submit";

/** First pages of answers taken per second, each with its spent invite and audit event, against a bare Worker's one insert. */
export async function run(): Promise<Measured> {
  const desk = await startDesk();
  const plain = await startPlainWorker(
    desk.sqld,
    `app.get("/make", async (c) => {
      await connect().execute("CREATE TABLE answers (id TEXT PRIMARY KEY, answers TEXT, at INTEGER)");
      return c.text("ok");
    });
    app.post("/", async (c) => {
      const form = Object.fromEntries(new URLSearchParams(await c.req.text()));
      const insert = { sql: "INSERT INTO answers VALUES (?, ?, ?)", args: [crypto.randomUUID(), JSON.stringify(form), Date.now()] };
      const isBusy = (error) => error.code === "SQLITE_BUSY"; // sqld refuses some that meet another; an insert is asked again
      while (await connect().execute(insert).then(() => false, (error) => isBusy(error) || Promise.reject(error)));
      return c.redirect("/done", 303);
    });`,
  );
  try {
    const links = await openLinks(desk, await desk.addTenant(), POSTS * (ROUNDS + 2));
    await expectStatus(200, fetch(`${plain.url}/make`));
    const post = (url: string) =>
      expectStatus(303, fetch(url, { method: "POST", redirect: "manual", body: answers() }));
    const measured = await alternate(
      ROUNDS,
      () => inLines(LINES, links.splice(0, POSTS), post),
      () =>
        inLines(
          LINES,
          Array.from({ length: POSTS }, () => plain.url),
          post,
        ),
    );
    const pid = await workerdPid(Number(new URL(desk.edge.url).port));
    const perSecond = { value: Math.round(measured.value * POSTS), baseline: Math.round(measured.baseline * POSTS) };
    return { ...measured, ...perSecond, unit: "answers/s", aim: 0.8, memoryMB: await peakMemoryMB(pid) };
  } finally {
    await plain.close();
    await desk.close();
  }
}

function answers(): URLSearchParams {
  return new URLSearchParams({
    "form-version": "common-ground@1",
    SatisfactionWithService: "Very Satisfied",
    LikelihoodToRecommendBHUC: "Likely",
    ProceedWithMoreQuestions: "No",
  });
}
