import { expect, test } from "vitest";
import { fifoQueue } from "./sqs/queue.ts";

const TEN = { most: 10, hiddenMs: 30_000 };
const bodies = (messages: { body: string }[]) => messages.map(({ body }) => body);

test("what is in flight hides its own group and no other, and comes again when its time runs out", () => {
  let at = 0;
  const queue = fifoQueue(() => at);
  for (const body of ["a1", "a2", "b1"]) queue.send({ group: body.slice(0, 1), once: body, body });
  expect(bodies(queue.receive({ ...TEN, most: 1 }))).toEqual(["a1"]);
  expect(bodies(queue.receive(TEN))).toEqual(["b1"]);
  expect(queue.receive(TEN)).toEqual([]);
  at = 30_000;
  const [again] = queue.receive({ ...TEN, most: 1 });
  expect(again).toMatchObject({ body: "a1", receives: 2 });
  expect(queue.remove(again?.receipt ?? "")).toBe(true);
  expect(bodies(queue.receive(TEN))).toEqual(["a2", "b1"]);
});

test("the same deduplication id is one message for five minutes and another one after that", () => {
  let at = 0;
  const queue = fifoQueue(() => at);
  const send = () => queue.send({ group: "a", once: "x", body: "a1" });
  const first = send();
  at = 299_999;
  expect(send()).toBe(first);
  at = 300_000;
  expect(send()).not.toBe(first);
  expect(queue.all()).toHaveLength(2);
});
