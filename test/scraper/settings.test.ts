import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { EdgeEnv, EhrEnv, readSettings, SettingsError } from "../../scraper/settings.ts";

const EDGE = {
  EDGE_URL: "https://hearback.example",
  EDGE_TENANT: "bcb",
  EDGE_KEY_ID: "apk_1",
  EDGE_KEY_SECRET: "whsec_aW52ZW50ZWQ=",
};

test("every missing setting is named at once, an empty one counts as missing, and no secret has a default", () => {
  expect(() => readSettings(EdgeEnv, { ...EDGE, EDGE_KEY_ID: undefined, EDGE_KEY_SECRET: "" })).toThrow(
    "EDGE_KEY_ID is missing; EDGE_KEY_SECRET is missing",
  );
  const required = Object.keys(EhrEnv.shape).filter(
    (name) => !/_URL$|^PRACTICEFUSION_HOSTS$|^SCRAPE_SNAPSHOT_DIR$|CHROMIUM/.test(name),
  );
  for (const name of required) expect(() => readSettings(EhrEnv, {})).toThrow(`${name} is missing`);
});

test("a wrong setting is named without showing its value", () => {
  const read = () => readSettings(EdgeEnv, { ...EDGE, EDGE_KEY_SECRET: "not-a-secret" });
  expect(read).toThrow(SettingsError);
  expect(read).toThrow(/^EDGE_KEY_SECRET: (?!.*not-a-secret)/);
});

test("an address without TLS is refused, unless it is on this very machine", () => {
  const read = (EDGE_URL: string) => readSettings(EdgeEnv, { ...EDGE, EDGE_URL }).EDGE_URL;
  for (const plain of [
    "http://hearback.example",
    "http://10.0.0.1:8787",
    "http://127.0.0.1.example",
    "ftp://a.example",
  ])
    expect(() => read(plain)).toThrow(/^EDGE_URL: expected .*https:\/\//);
  for (const safe of [
    "https://hearback.example",
    "http://127.0.0.1:8787",
    "http://localhost:8787",
    "http://[::1]:8787",
  ])
    expect(read(safe)).toBe(safe);
});

test("days of a schedule are not asked for by a container that can read none: it says what is missing, and exits 1", () => {
  const program = fileURLToPath(new URL("../../scraper/index.ts", import.meta.url));
  const concrete = { CONCRETE_URL: "https://concrete.example", CONCRETE_USERNAME: "u", CONCRETE_PASSWORD: "p" };
  const env = { PATH: process.env.PATH, ...EDGE, EDGE_URL: "http://127.0.0.1:9", ...concrete };
  const ended = spawnSync(process.execPath, [program, "--date", "2026-01-02"], { cwd: tmpdir(), env, timeout: 25_000 });
  expect([ended.status, String(ended.stderr)]).toEqual([
    1,
    expect.stringContaining("PRACTICEFUSION_USERNAME is missing"),
  ]);
}, 30_000);

test("the session key is 32 bytes or refused", () => {
  const withKey = (bytes: number) => ({
    PRACTICEFUSION_USERNAME: "u",
    PRACTICEFUSION_PASSWORD: "p",
    CALLHARBOR_USERNAME: "u",
    CALLHARBOR_PASSWORD: "p",
    CALLHARBOR_MFA_SECRET: "JBSWY3DPEHPK3PXP",
    SESSION_STATE_DIR: "/tmp",
    SESSION_STATE_KEY: Buffer.alloc(bytes, 7).toString("base64"),
  });
  expect(readSettings(EhrEnv, withKey(32)).SESSION_STATE_KEY).toHaveLength(32);
  expect(() => readSettings(EhrEnv, withKey(16))).toThrow("SESSION_STATE_KEY: expected 32 bytes");
});
