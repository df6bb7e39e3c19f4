import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/build.ts'],
    // Some tests look at a page with a second browser beside them, on two cores.
    testTimeout: 90_000,
    hookTimeout: 60_000,
    // Never a measure of speed: a condition only has to come true on a machine that is busy.
    expect: { poll: { timeout: 15_000 } },
    // Real browsers, processes and signals share two cores in CI; what needs its second try is named at the end.
    retry: process.env['CI'] === 'true' ? 1 : 0,
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', './tests/support/reporter.ts'],
  },
});
