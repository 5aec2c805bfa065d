import type { TestModule } from "vitest/node";
import { DefaultReporter } from "vitest/node";

/** The usual report, closed by the one line that scripts and CI read: `N passed, N failed, N skipped`. */
export default class ClosingLine extends DefaultReporter {
  override onTestRunEnd(...ended: Parameters<DefaultReporter["onTestRunEnd"]>): void {
    super.onTestRunEnd(...ended);
    const modules: ReadonlyArray<TestModule> = ended[0];
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
      if (module.state() === "failed" && module.errors().length > 0) counts.failed += 1;
    }
    console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + counts.pending} skipped`);
  }
}
