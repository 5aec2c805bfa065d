import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type StorageState, sessionFiles } from "../../scraper/session-state.ts";

const STATE: StorageState = {
  cookies: [],
  origins: [{ origin: "https://ehr.example", localStorage: [{ name: "token", value: "a-secret-token" }] }],
};
const key = randomBytes(32);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearback-session-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fileOf = (service: string) => join(folder, `${service}.session.json`);

test("what was saved is loaded again, by service, and having none is normal", async () => {
  const states = sessionFiles({ folder, key });
  expect(await states.load("practicefusion")).toBeNull();
  await states.save("practicefusion", STATE);
  expect(await states.load("practicefusion")).toEqual(STATE);
  expect(await states.load("callharbor")).toBeNull();
});

test("the file shows version and time of saving, nothing of the session, and only to its owner", async () => {
  await sessionFiles({ folder, key, now: () => 1_763_600_000_000 }).save("practicefusion", STATE);
  const text = readFileSync(fileOf("practicefusion"), "utf8");
  expect(JSON.parse(text)).toMatchObject({ version: 1, savedAt: 1_763_600_000_000 });
  expect(text).not.toMatch(/token|ehr\.example/);
  expect(statSync(fileOf("practicefusion")).mode & 0o077).toBe(0);
  expect(readdirSync(folder)).toEqual(["practicefusion.session.json"]);
});

test("a state that another key sealed, that was altered, or that is another service's is deleted and counts as none", async () => {
  const states = sessionFiles({ folder, key });
  const spoil: Record<string, () => void | Promise<void>> = {
    "another key": () => sessionFiles({ folder, key: randomBytes(32) }).save("practicefusion", STATE),
    "time altered": () => alter((sealed) => ({ ...sealed, savedAt: 1 })),
    "unknown version": () => alter((sealed) => ({ ...sealed, version: 2 })),
    "short tag": () => alter((sealed) => ({ ...sealed, tag: sealed.tag.slice(0, 8) })),
    "not JSON": () => writeFileSync(fileOf("practicefusion"), "…"),
    "another service": async () => {
      await states.save("callharbor", STATE);
      renameSync(fileOf("callharbor"), fileOf("practicefusion"));
    },
  };
  for (const [how, act] of Object.entries(spoil)) {
    await states.save("practicefusion", STATE);
    await act();
    expect(await states.load("practicefusion"), how).toBeNull();
    expect(readdirSync(folder), how).toEqual([]);
  }
});

test("a service id cannot lead out of the folder, and a key has 32 bytes", async () => {
  await expect(async () => sessionFiles({ folder, key }).load("../etc/passwd")).rejects.toThrow(RangeError);
  expect(() => sessionFiles({ folder, key: randomBytes(16) })).toThrow(RangeError);
});

type Sealed = { tag: string } & Record<string, unknown>;
function alter(change: (sealed: Sealed) => Sealed): void {
  const path = fileOf("practicefusion");
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, "utf8")))));
}
