import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    globalSetup: "test/share-build.ts",
    testTimeout: 90_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    // One more than the cores that CI has: half of a test is waiting for other processes.
    maxWorkers: 3,
    fileParallelism: true,
  },
  oxc: { jsx: { runtime: "automatic", importSource: "hono/jsx" } },
});
