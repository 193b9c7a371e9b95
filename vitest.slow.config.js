import { defineConfig } from 'vitest/config';

// Suites that take minutes, start real programs or measure: one file at a time, so that none disturbs another.
export default defineConfig({
  test: {
    include: ['test/slow/**/*.test.ts'],
    fileParallelism: false,
    passWithNoTests: true,
    restoreMocks: true,
    // Real programs on a machine that others use as well: what fails once is tried again before it counts.
    retry: 2,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
