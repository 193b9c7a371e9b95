/** `npm run soak -- [--minutes N] [--rate Q]`: runs the soak test for N minutes, 60 by default. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, rate: { type: 'string', default: '5000' } } });
for (const [option, value] of Object.entries(values))
  if (!(Number(value) > 0)) {
    console.error(`soak: --${option} ${value} is not a number above 0`);
    process.exit(64);
  }
// Not tried again when it fails: an hour that lost a query has its result, and a second one would run on unseen.
const { status } = spawnSync('npx', ['vitest', 'run', '--config', 'vitest.slow.config.js', '--retry', '0', 'test/slow/soak'], {
  stdio: 'inherit',
  env: { ...process.env, SOAK_MINUTES: values.minutes, SOAK_RATE: values.rate },
});
process.exit(status ?? 1);
