import { defineConfig } from 'vitest/config';

// Suites that take minutes, start real programs or measure: one file at a time, so that none disturbs another.
export default defineConfig({
  test: {
    include: ['test/slow/**/*.test.ts'],
    fileParallelism: false,
    passWithNoTests: true,
    restoreMocks: true,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
