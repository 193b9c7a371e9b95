/** Runs every micro-benchmark, one after the other; the benchmarks of whole servers have their own npm scripts. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const whole = ['flood.bench.ts', 'scale.bench.ts', 'server.bench.ts'];
const parts = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.bench.ts') && !whole.includes(file));

for (const file of parts) {
  console.log(`\n# ${file}`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, file)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
