import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const MiB = 1 << 20;

/** Runs the benchmark's `churn` in its own process: 2 million names asked once each, interleaved with popular ones. */
function churn(bytes: number): { held: number; entries: number; popular: number } {
  const bench = join(import.meta.dirname, '../bench/cache.bench.ts');
  const output = execFileSync(process.execPath, ['--expose-gc', '--max-semi-space-size=1', bench, 'churn', String(bytes)], {
    encoding: 'utf8',
  });
  return JSON.parse(output) as { held: number; entries: number; popular: number };
}

it('holds 32 MiB and no more after 2 million names, the popular ones among them', { timeout: 300_000 }, () => {
  const without = churn(4096);
  const { held, entries, popular } = churn(32 * MiB);
  expect(held - without.held).toBeLessThan(32 * MiB * 1.2);
  expect(entries).toBeGreaterThan(100_000);
  expect(popular).toBe(1);
});
