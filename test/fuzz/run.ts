/**
 * Fuzzes for a given time, 10 s by default: `npm run fuzz -- [--seconds 60] [--target NAME] [--seed N]`. Writes each failing input to
 * `corpus/TARGET/` as a seed, to be kept once the failure is fixed, and exits with code 1.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seeded } from '../fakes/seeded.ts';
import { mutated } from './mutate.ts';
import { corpus, seedsOf, targets } from './targets.ts';
import type { Target } from './target.ts';

/** An input that takes longer is a failure, since an attacker could send it all day; ms. */
const SLOW = 2000;
/** Runs that must all be slow: a single one may be due to the garbage collector or to other work of the machine. */
const SLOW_RUNS = 3;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target);
if (chosen.length === 0) throw new Error(`there is no target "${values.target}"; there are ${targets.map(({ name }) => name).join(', ')}`);
const each = (Number(values.seconds) * 1000) / chosen.length;
if (!(each > 0)) throw new Error(`--seconds "${values.seconds}" is not a number above 0`);

console.log(`seed ${values.seed}, ${values.seconds} s over ${chosen.length} targets`);
for (const [index, target] of chosen.entries()) await fuzz(target, Number(values.seed) + index);

async function fuzz(target: Target, seed: number): Promise<void> {
  const random = seeded(seed);
  const seeds = seedsOf(target).map(([, octets]) => octets);
  const end = performance.now() + each;
  let runs = 0;
  let failures = 0;
  while (performance.now() < end && failures < 5) {
    const input = runs < seeds.length ? seeds[runs]! : mutated(random, seeds, target.words);
    runs++;
    try {
      const took = await fastestRun(target, input);
      if (took > SLOW) throw new Error(`it took ${Math.round(took)} ms at least`);
    } catch (error) {
      failures++;
      report(target, input, error);
    }
  }
  console.log(`${target.name}: ${runs} inputs, ${failures} failures`);
  if (failures > 0) process.exitCode = 1;
}

/** Duration in ms of one run; if that is slow, of the fastest of SLOW_RUNS. */
async function fastestRun(target: Target, input: Uint8Array): Promise<number> {
  let fastest = Infinity;
  for (let run = 0; run < SLOW_RUNS && fastest > SLOW; run++) {
    const start = performance.now();
    await target.run(input.slice());
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}

function report(target: Target, input: Uint8Array, error: unknown): void {
  const file = join(corpus, target.name, `found-${createHash('sha256').update(input).digest('hex').slice(0, 12)}.hex`);
  writeFileSync(file, `${Buffer.from(input).toString('hex').replace(/.{96}/g, '$&\n')}\n`);
  console.error(`${target.name}: ${error instanceof Error ? error.stack : String(error)}\n  input: ${file}`);
}
