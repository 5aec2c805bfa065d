import { expect, test } from "vitest";
import { readBody } from "../../scraper/read-body.ts";

test("a body without end is cut at its limit, and no more of it is asked for", async () => {
  let asked = 0;
  let isCancelled = false;
  const endless = new ReadableStream({
    pull(controller) {
      asked += 1;
      controller.enqueue(new Uint8Array(1_000));
    },
    cancel() {
      isCancelled = true;
    },
  });
  await expect(readBody(new Response(endless), 10_000)).rejects.toMatchObject({ code: "answer_too_large" });
  expect(isCancelled).toBe(true);
  expect(asked).toBeLessThan(20);
  expect((await readBody(new Response("text"), 4)).toString()).toBe("text");
});
