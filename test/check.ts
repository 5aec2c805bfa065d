import { spawnSync } from "node:child_process";

/** `npm run check`: each step runs even if an earlier one failed, so that one run shows everything. */
const steps: [name: string, command: string][] = [
  ["types", "tsc --noEmit"],
  ["lint", "biome check --error-on-warnings ."],
  ["architecture", "vitest run test/architecture.test.ts"],
  ["secrets", "node test/scan-secrets.ts"],
  ["dead code", "knip"],
  ["scenarios", "node test/scenarios.ts --check"],
  ["deployable", "wrangler deploy --dry-run --outdir .wrangler/check"],
];

const failed = steps.filter(([name, command]) => {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: "utf8", env: quiet() });
  if (status !== 0) console.log(`${stdout}${stderr}`);
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  return status !== 0;
});
process.exit(failed.length === 0 ? 0 : 1);

/** wrangler would ask whether it may report home, and look for newer versions. */
function quiet(): NodeJS.ProcessEnv {
  return { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" };
}
