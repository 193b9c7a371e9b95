/** Load during cluster changes, for five minutes or those of `npm run soak -- --minutes N`: memory and descriptors do not grow, no answer is wrong. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProgram, whenReady, type Program } from '../programs/kubezone.ts';
import { LargeCluster } from './cluster/cluster.ts';
import { inWords, startLoad } from './load/load.ts';
import { openDescriptors, resident } from './process-memory.ts';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 5);
/** A third of what one core serves would be ten times this; the load must leave the server one of two cores. */
const RATE = Number(process.env.SOAK_RATE ?? 5000);
const CHANGES = 20;
const SAMPLES = 40;

let folder: string;
let cluster: LargeCluster;
let program: Program;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubezone-'));
  cluster = new LargeCluster({ services: 2000, endpoints: 15 }, join(folder, 'kubeconfig'));
  await cluster.start();
  program = await startProgram(['--kubeconfig', join(folder, 'kubeconfig'), '--upstream', '127.0.0.1:9', '--lameduck', '0s']);
  await whenReady(program, 60_000);
});
afterAll(async () => {
  await program.stop('SIGKILL');
  await cluster.kill();
  rmSync(folder, { recursive: true });
});

test(`${MINUTES} minutes of ${RATE} queries and ${CHANGES} changes a second`, { timeout: (MINUTES + 2) * 60_000 }, async () => {
  const load = await startLoad({ port: program.port, rate: RATE, questions: cluster.questions });
  cluster.change(CHANGES);
  const memory: number[] = [];
  const descriptors: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    await wait((MINUTES * 60_000) / SAMPLES);
    memory.push(resident(program.pid).now);
    descriptors.push(openDescriptors(program.pid));
  }
  const result = await load.stop();
  await cluster.rest();
  // The first half is for warming up: afterwards every answer has been prepared, and the heap has reached its size.
  const [third, last] = [memory.slice(SAMPLES / 2, (SAMPLES * 3) / 4), memory.slice((SAMPLES * 3) / 4)].map(median);
  console.log(`soak: ${inWords(result)}; resident ${third!.toFixed(0)} then ${last!.toFixed(0)} MiB; ${descriptors.at(-1)!} descriptors`);
  expect(result).toMatchObject({ lost: 0, wrong: 0, answered: result.sent, examples: [] });
  expect(last!).toBeLessThan(third! * 1.1);
  expect(Math.max(...descriptors.slice(SAMPLES / 2))).toBeLessThanOrEqual(Math.max(...descriptors.slice(0, SAMPLES / 2)));
  expect(await program.stop()).toBe(0);
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
