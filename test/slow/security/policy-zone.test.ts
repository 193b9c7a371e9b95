/** The running program reads a response policy zone of a million names, and again when it changes, without blocking the control thread or leaking. */
import { encode } from 'dns-packet';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dnsClient } from '../../fakes/dns-client.ts';
import { startProgram, whenReady, type Program } from '../../programs/kubezone.ts';
import { resident } from '../process-memory.ts';

const NAMES = 1_000_000;
/** Size of the table of these names, MiB, and the allowance on top of it: code, and one table that is not collected yet. */
const TABLE = 32;
const REST = 100;
const NXDOMAIN = 3;
const SERVFAIL = 2;
/** Time in which the log passes on one message only once, ms: a fast machine has read the zone again by then. */
const SAID_ONCE = 10_000;

const folder = mkdtempSync(join(tmpdir(), 'kubezone-'));
const file = join(folder, 'million.rpz');
let program: Program;
let bare: number;

function write(count: number): void {
  const lines = ['$TTL 60', '@ IN SOA localhost. root.localhost. 1 3600 600 86400 60', '  IN NS localhost.'];
  for (let i = 0; i < count; i++) lines.push(`${'x'.repeat(i % 7)}host${i}.tracker${i % 1000}.com CNAME .`);
  writeFileSync(file, lines.join('\n'));
}

async function start(...args: string[]): Promise<Program> {
  const started = await startProgram(['--upstream', '127.0.0.1:9', '--upstream-budget', '100ms', '--lameduck', '0s', ...args]);
  await whenReady(started, 60_000);
  await wait(1000);
  return started;
}

const timesRead = (): readonly Readonly<Record<string, unknown>>[] =>
  program.log.filter(({ message }) => String(message).startsWith('lists read'));

async function rcodeOf(name: string): Promise<number> {
  const client = await dnsClient(`udp://127.0.0.1:${program.port}`);
  const response = await client.ask(encode({ type: 'query', id: 1, flags: 0x100, questions: [{ name, type: 'A' }] }));
  client.close();
  return response[3]! & 0xf;
}

beforeAll(async () => {
  const without = await start();
  bare = resident(without.pid).now;
  await without.stop();
  write(NAMES);
  program = await start('--rpz', file);
});
afterAll(async () => {
  await program.stop();
  rmSync(folder, { recursive: true });
});

const kept = (): number => resident(program.pid).now - bare;

test('read at the start', async () => {
  expect(timesRead()).toMatchObject([{ lists: [{ rules: NAMES, skipped: 0 }] }]);
  console.log(
    `read in ${String(timesRead()[0]!.milliseconds)} ms; resident ${bare.toFixed(0)} MiB without, ${kept().toFixed(0)} more with it`,
  );
  expect(await rcodeOf('host0.tracker0.com')).toBe(NXDOMAIN);
  expect(await rcodeOf(`host${NAMES}.tracker0.com`)).toBe(SERVFAIL);
  expect(kept()).toBeLessThan(TABLE + REST);
});

test('read again: the control thread answers meanwhile, the new name is blocked, memory stays', async () => {
  await wait(SAID_ONCE);
  write(NAMES + 1);
  const waits: number[] = [];
  for (const end = performance.now() + 90_000; timesRead().length < 2 && performance.now() < end;) {
    const began = performance.now();
    await (await fetch(`${program.admin}/livez`)).text();
    waits.push(performance.now() - began);
    await wait(10);
  }
  await wait(500);
  expect(timesRead()).toMatchObject([{}, { lists: [{ rules: NAMES + 1 }] }]);
  expect(await rcodeOf(`${'x'.repeat(NAMES % 7)}host${NAMES}.tracker${NAMES % 1000}.com`)).toBe(NXDOMAIN);
  waits.sort((one, other) => one - other);
  const p99 = waits[Math.floor(waits.length * 0.99)]!;
  console.log(
    `read again in ${String(timesRead()[1]!.milliseconds)} ms; /livez median ${waits[waits.length >> 1]!.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ` +
      `worst ${waits.at(-1)!.toFixed(0)} ms; ${kept().toFixed(0)} MiB more than without`,
  );
  expect(p99).toBeLessThan(250);
  // The previous table may not be collected yet.
  expect(kept()).toBeLessThan(2 * TABLE + REST);
});
