import { generateKeyPairSync, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { findSecrets, isSettingsFile } from "./scan-secrets.ts";

const hex = (bytes: number) => randomBytes(bytes).toString("hex");
const base64 = (bytes: number) => randomBytes(bytes).toString("base64");

test.each([
  ["webhook signing secret", () => `OPERATOR_SECRET=whsec_${base64(32)}`],
  ["key list", () => `LINK_KEYS="l1:${base64(32)}"`],
  ["Twilio account or key", () => `const account = "AC${hex(16)}";`],
  ["Twilio account or key", () => `sid: SK${hex(16)}`],
  ["AWS access key", () => `AKIA${hex(8).toUpperCase()}`],
  ["private key", () => generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString()],
  ["GitHub token", () => `ghp_${hex(18)}`],
  ["signed token", () => `Bearer eyJ${hex(10)}.eyJ${hex(12)}.${hex(16)}`],
  ["password in an address", () => `postgres://clinic:${hex(6)}@db.example/clinic`],
])("a %s in a file is found, and told without being shown", (kind, make) => {
  const secret = make();
  const found = findSecrets(`first line\n${secret}`);
  expect(found).toEqual([{ line: 2, kind }]);
  expect(JSON.stringify(found)).not.toContain(secret.slice(-12));
});

test("names of settings, addresses and digests are not taken for secrets", () => {
  const lines = [
    "OPERATOR_SECRET=whsec_…",
    "KEY_ENCRYPTION_KEYS is `name:base64,…`, current first",
    `sha256 ${hex(32)}`,
    `"integrity": "sha512-${base64(64)}"`,
    "https://api.twilio.com/2010-04-01/Accounts/AC…/Messages.json",
    "http://localhost:8080/path@2",
  ];
  expect(findSecrets(lines.join("\n"))).toEqual([]);
});

test("a file of settings or keys is known by its name, and an example of one is not", () => {
  for (const path of [".env", "scraper/.env.production", ".dev.vars", "keys/tls.pem", "id_ed25519"])
    expect(isSettingsFile(path), path).toBe(true);
  for (const path of [".env.example", "edge/env.ts", "docs/keys.md"]) expect(isSettingsFile(path), path).toBe(false);
});
