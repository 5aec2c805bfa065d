/** `node test/scan-secrets.ts`: nothing that opens a door is in a file that git knows, or would take. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** How secrets look that Hearback, its providers and its hosts make. */
const KINDS: Record<string, RegExp> = {
  "webhook signing secret": /\bwhsec_[A-Za-z0-9+/]{40}/,
  "key list": /\b[a-z][a-z0-9]*:[A-Za-z0-9+/]{43}=/,
  "Twilio account or key": /\b(?:AC|SK)[0-9a-f]{32}\b/,
  "private key": /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  "AWS access key": /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  "GitHub token": /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60})/,
  "Slack or Stripe token": /\b(?:xox[abprs]-[A-Za-z0-9-]{20}|[rs]k_live_[A-Za-z0-9]{16})/,
  "Google key": /\bAIza[\w-]{35}\b/,
  "npm token": /\bnpm_[A-Za-z0-9]{36}\b/,
  "signed token": /\beyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{20,}/,
  "password in an address": /\b[a-z][a-z0-9+]*:\/\/[^\s/:@"'`<${}]+:[^\s/@"'`<${}]{4,}@/,
};

/** Files that hold settings or keys by their name. */
const SETTINGS_FILE = /(^|\/)(\.env(\.(?!example$)[^/]+)?|\.dev\.vars|[^/]+\.(pem|p12|pfx|key)|id_(rsa|ed25519))$/;

/** What is found where, without the secret itself. */
export type Finding = { line: number; kind: string };

/** The lines of a text that hold something like a secret. */
export function findSecrets(text: string): Finding[] {
  return text.split("\n").flatMap((content, index) =>
    Object.entries(KINDS)
      .filter(([, pattern]) => pattern.test(content))
      .map(([kind]) => ({ line: index + 1, kind })),
  );
}

/** Whether a file of this name has no place in git. */
export function isSettingsFile(path: string): boolean {
  return SETTINGS_FILE.test(path);
}

function scan(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return listed.split("\0").flatMap((path) => {
    if (isSettingsFile(path)) return [`${path} is a file of settings or keys`];
    return findSecrets(read(path)).map(({ line, kind }) => `${path}:${line} looks like a ${kind}`);
  });
}

/** Empty for a file that is listed but gone, and for the empty name at the list's end. */
function read(path: string): string {
  try {
    return readFileSync(`${ROOT}${path}`, "utf8");
  } catch {
    return "";
  }
}

if (import.meta.main) {
  const found = scan();
  for (const line of found) console.error(line);
  process.exitCode = found.length === 0 ? 0 : 1;
}
