/** Two replicas on one address are restarted in turn under load: no query is lost or answered wrong. SO_REUSEPORT stands in for the Service. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clusterPath } from '../conformance/recorded.ts';
import { startProgram, whenReady, type Program } from '../programs/kubezone.ts';
import { inWords, startLoad } from './load/load.ts';
import { addresses, verdict, type LoadQuestion } from './load/questions.ts';

const RATE = 5000;
const ROUNDS = 2;

const questions: readonly LoadQuestion[] = [
  { name: 'web.shop.svc.cluster.local', type: 'A', right: [addresses('10.96.20.1')] },
  { name: 'api.shop.svc.cluster.local', type: 'A', right: [addresses('10.96.20.40')] },
  { name: 'kubernetes.default.svc.cluster.local', type: 'A', right: [addresses('10.96.0.1')] },
  { name: 'absent.shop.svc.cluster.local', type: 'A', right: [verdict(3, [])] },
];

let folder: string;
let replicas: Program[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubezone-'));
  const first = await replica(0);
  replicas = [first, await replica(first.port)];
});
afterEach(async () => {
  await Promise.all(replicas.map((program) => program.stop('SIGKILL')));
  rmSync(folder, { recursive: true });
});

async function replica(port: number): Promise<Program> {
  const listen = ['--listen', `127.0.0.1:${port}`, '--share-ports'];
  const program = await startProgram([...listen, '--manifests', clusterPath, '--upstream', '127.0.0.1:9', '--lameduck', '500ms']);
  await whenReady(program);
  return program;
}

async function restartEach(): Promise<void> {
  for (const index of replicas.keys()) {
    expect(await replicas[index]!.stop()).toBe(0);
    replicas[index] = await replica(replicas[1 - index]!.port);
    await wait(500);
  }
}

/** Number of queries since the replica started. */
async function answered({ admin }: Program): Promise<number> {
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  return [...metrics.matchAll(/^kubezone_dns_requests_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

test(`each restarted ${ROUNDS} times under ${RATE} queries a second`, async () => {
  const load = await startLoad({ port: replicas[0]!.port, rate: RATE, questions });
  await wait(1000);
  for (let round = 0; round < ROUNDS; round++) await restartEach();
  const result = await load.stop();
  console.log(`rolling restart: ${inWords(result)}`);
  expect(result).toMatchObject({ lost: 0, wrong: 0, answered: result.sent, examples: [] });
  // The test proves nothing unless each replica served queries.
  for (const program of replicas) expect(await answered(program)).toBeGreaterThan(100);
});

test.skipIf(spawnSync('dnsperf', ['-h']).error !== undefined)('the same by dnsperf', async () => {
  const file = join(folder, 'questions');
  writeFileSync(
    file,
    questions
      .slice(0, 3)
      .map(({ name, type }) => `${name} ${type}\n`)
      .join(''),
  );
  const args = ['-s', '127.0.0.1', '-p', String(replicas[0]!.port), '-d', file, '-Q', String(RATE), '-c', '16', '-l', '15'];
  const dnsperf = spawn('dnsperf', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(dnsperf, 'exit');
  const output = text(dnsperf.stdout);
  await wait(1000);
  await restartEach();
  await ended;
  const said = await output;
  console.log(said.slice(said.indexOf('Statistics')));
  expect(said).toMatch(/Queries lost:\s+0 /);
  expect(said).toMatch(/Response codes:\s+NOERROR \d+ \(100\.00%\)/);
});
