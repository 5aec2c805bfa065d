import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

/** For a test run: the first file that needs the Worker builds it, the others take it. A rerun, on a change, builds anew. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "hearback-build-"));
  const file = join(folder, "worker.json");
  process.env.BUILT_WORKER = file;
  project.onTestsRerun(() => rm(file, { force: true }));
  return () => rm(folder, { recursive: true, force: true });
}
