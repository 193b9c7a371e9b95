import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { nothingChanges } from '../../test/fakes/update.ts';
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import type { Options } from '../../src/config/options.ts';
import type { LogLine } from '../../src/telemetry/log.ts';
import type { ServingThreadData } from './messages.ts';
import { ServingThreads } from './serving-threads.ts';

const entry = new URL('../../test/fakes/thread.ts', import.meta.url);
const update = (serial: number): ClusterUpdate => ({ ...nothingChanges, serial });
let threads: ServingThreads | undefined;
afterEach(() => threads?.close(1000));

async function start(count: number, lines: LogLine[] = [], cannotListen: () => boolean = () => false): Promise<ServingThreads> {
  threads = new ServingThreads({
    count,
    entry,
    data: (index) => ({ index, listen: [], cannotListen: cannotListen() }) as unknown as ServingThreadData,
    catchUp: () => [update(1), update(2)],
    current: () => [],
    clock: systemClock,
    log: (line) => lines.push(line),
  });
  await threads.start();
  return threads;
}
const told = async (): Promise<string[][]> =>
  ((await threads!.ask({ kind: 'cache-statistics' })) as { index: number; heard: string[] }[]).map(({ heard }) =>
    heard.filter((word) => word !== 'ask'),
  );

test('a thread is brought up to date before it listens, then hears what all hear', async () => {
  const running = await start(2);
  running.post(update(3));
  expect(await told()).toEqual(Array(2).fill(['update 1', 'update 2', 'listen', 'update 3']));
});

test('reloaded options come with all that the zones are made of', async () => {
  const running = await start(1);
  running.reload({} as Options);
  expect(await told()).toEqual([['update 1', 'update 2', 'listen', 'reload', 'rebuild', 'rebuild']]);
});

test('a thread that crashes is said, and replaced within a second by one that knows everything', async () => {
  const lines: LogLine[] = [];
  const running = await start(2, lines);
  const crashedAt = systemClock.monotonic();
  running.post(update(666));
  await expect.poll(() => running.replaced, { timeout: 5000 }).toBe(2);
  await expect.poll(told, { timeout: 5000 }).toEqual(Array(2).fill(['update 1', 'update 2', 'listen']));
  expect(systemClock.monotonic() - crashedAt).toBeLessThan(5000);
  expect(lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual(
    expect.arrayContaining(['serving thread 0 crashed', 'serving thread 1 crashed']),
  );
});

test('one that takes the place of another and cannot listen is replaced too', async () => {
  const lines: LogLine[] = [];
  let started = 0;
  // The first is asked for its addresses, and then started; the third call is for the one that takes its place.
  const running = await start(1, lines, () => ++started === 3);
  running.post(update(666));
  await expect.poll(() => running.replaced, { timeout: 5000 }).toBe(2);
  await expect.poll(told, { timeout: 5000 }).toEqual([['update 1', 'update 2', 'listen']]);
  expect(lines).toContainEqual({ level: 'error', message: 'serving thread 0 cannot listen', fields: { error: 'bind EADDRINUSE' } });
});

test('closed threads are gone, and none comes back', async () => {
  const running = await start(2);
  await running.close(1000);
  expect(await told()).toEqual([]);
  expect(running.replaced).toBe(0);
});

test('closed while they start, they are not waited for, and no more are started', async () => {
  const starting = start(3);
  const outcome = expect(starting).rejects.toThrow('before it listened');
  await threads!.close(600_000);
  await outcome;
  expect(await told()).toEqual([]);
});
