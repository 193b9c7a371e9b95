import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'cmd/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/slow/**', 'node_modules/**'],
    restoreMocks: true,
    // CI's machine is shared; a person sees every failure.
    retry: process.env.CI === 'true' ? 2 : 0,
    testTimeout: 20_000,
    // Files of one worker share their modules: making those anew for each takes a third of the time, and no module here holds what a test changes.
    isolate: false,
    // Half of a test's time is waiting for processes and sockets.
    maxWorkers: 2 * availableParallelism(),
  },
});
