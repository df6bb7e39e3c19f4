import type { Reporter, TestModule } from 'vitest/node';

/** Ends the run with one plain line that needs no knowledge of the runner. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const flaky: string[] = [];
    for (const module of modules) {
      // A file that cannot be read and a hook that fails are failures too.
      if (module.errors().length > 0) count.failed += 1;
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (test.diagnostic()?.flaky) {
          const reasons = (test.result().errors ?? []).map(({ stack, message }) => stack ?? message);
          flaky.push([`${module.relativeModuleId}: ${test.fullName}`, ...reasons].join('\n'));
        }
        if (state === 'passed' || state === 'failed' || state === 'skipped') count[state] += 1;
      }
    }
    for (const name of flaky) process.stdout.write(`Passed only at the second try: ${name}\n`);
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`);
  }
}
