import { spawnSync } from "node:child_process";

/** `npm run check`: each step runs even if an earlier one failed, so that one run shows everything. */
const steps: [name: string, command: string][] = [
  ["types", "tsc --noEmit"],
  ["lint", "biome check --error-on-warnings ."],
];

const failed = steps.filter(([name, command]) => {
  const began = performance.now();
  const { status } = spawnSync(command, { shell: true, stdio: "inherit" });
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  return status !== 0;
});
process.exit(failed.length === 0 ? 0 : 1);
