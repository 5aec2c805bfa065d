import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { validateOverStore } from "../../scraper/cassify/validate-over-store.ts";
import { type CassifyOverStore, startCassifyOverStore } from "../sandbox/cassify/over-store.ts";
import { type Sqs, startSqs } from "../sandbox/sqs/start.ts";

const KEYS = { accessKeyId: "AKIDSAMPLE", secretAccessKey: "sample" };

let sqs: Sqs;
let service: CassifyOverStore;
beforeAll(async () => {
  sqs = await startSqs(KEYS);
  service = await startCassifyOverStore({
    ...KEYS,
    sqs,
    lookUp: (line) => ({ addr1: line.addr1.toUpperCase(), dpv: "Y" }),
  });
});
beforeEach(() => service.fail(null));
afterAll(async () => {
  await service?.close();
  await sqs?.close();
});

const validator = (changes: { secret?: string } = {}) =>
  validateOverStore({
    CASSIFY_STORE_URL: service.url,
    CASSIFY_REQUESTS_URL: service.requestsUrl,
    CASSIFY_REPLIES_URL: service.repliesUrl,
    SQS_REGION: "us-east-1",
    SQS_ACCESS_KEY_ID: KEYS.accessKeyId,
    SQS_SECRET_ACCESS_KEY: changes.secret ?? KEYS.secretAccessKey,
  });
const fileOf = (...streets: string[]) =>
  streets.map((addr1, index) => `${JSON.stringify({ row_key: `k${index}`, addr1 })}\n`).join("");
const validate = (file: string, signal = new AbortController().signal) => validator()(file, signal);

test("a file goes to the store, a request names it, the answer comes back by its own key, and nothing is left behind", async () => {
  const answers = await Promise.all([validate(fileOf("1 Sample Way")), validate(fileOf("2 Other Rd", "3 Other Rd"))]);
  expect(answers.map((text) => text.split("\n").map((line) => JSON.parse(line).addr1))).toEqual([
    ["1 SAMPLE WAY"],
    ["2 OTHER RD", "3 OTHER RD"],
  ]);
  expect(service.objects()).toEqual([]);
  expect([...sqs.messages("cassify-in.fifo"), ...sqs.messages("cassify-out.fifo")]).toEqual([]);
  // Where the addresses lie is said in the queue, and no address.
  expect(service.files.join("")).toContain("Sample Way");
});

test("many journeys at once, whose answers lie in one queue, each get their own", async () => {
  const streets = Array.from({ length: 24 }, (_, index) => `${index + 1} Sample Way`);
  const answers = await Promise.all(streets.map((street) => validate(fileOf(street))));
  expect(answers.map((text) => JSON.parse(text).addr1)).toEqual(streets.map((street) => street.toUpperCase()));
  expect(sqs.messages("cassify-out.fifo")).toEqual([]);
});

test.each([
  ["digest", "answer_mismatch"],
  ["failed", "fault"],
  ["store", "unavailable"],
] as const)("where the service's %s goes wrong, the journey ends as %s and takes no answer", async (how, code) => {
  service.fail(how);
  await expect(validate(fileOf("1 Sample Way"))).rejects.toMatchObject({ code });
  service.fail(null);
  expect(JSON.parse(await validate(fileOf("4 Sample Way")))).toMatchObject({ addr1: "4 SAMPLE WAY" });
});

test("a reply that names another journey's file, or leads out of the bucket, is a fault: nothing there is read or taken away", async () => {
  for (const name of ["in/another.ndjson", "out/../in/another.ndjson", "../other-bucket/file"]) {
    service.fail({ names: name });
    await expect(validate(fileOf("6 Sample Way"))).rejects.toMatchObject({ code: "fault" });
  }
  expect(service.removed()).toEqual([]);
}, 60_000);

test("a wrong key ends it as login; one that is stopped ends at once", async () => {
  await expect(validator({ secret: "wrong" })(fileOf("x"), new AbortController().signal)).rejects.toMatchObject({
    code: "login",
  });
  const stop = new AbortController();
  const stopped = validate(fileOf("5 Sample Way"), stop.signal);
  stop.abort(new Error("stopped"));
  await expect(stopped).rejects.toThrow("stopped");
});
