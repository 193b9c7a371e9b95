import { Worker } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { nothingChanges } from '../../test/fakes/update.ts';
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import type { Options } from '../../src/config/options.ts';
import { PolicyBuilder } from '../../src/query/filter/policy-builder.ts';
import type { LogLine } from '../../src/telemetry/log.ts';
import type { Command, ServingThreadData } from './messages.ts';
import { ServingThreads } from './serving-threads.ts';

const entry = new URL('../../test/fakes/thread.ts', import.meta.url);
const update = (serial: number): ClusterUpdate => ({ ...nothingChanges, serial });
const options = (ttl: number, logLevel = 'info'): Options =>
  ({ clusterDomain: 'cluster.local', reverseZones: [], negativeTtl: 5, pods: 'disabled', ttl, listen: [], logLevel }) as unknown as Options;
let threads: ServingThreads | undefined;
afterEach(() => threads?.close(1000));

async function start(
  count: number,
  lines: LogLine[] = [],
  trouble: () => 'failed' | 'hangs' | 'waits' | undefined = () => undefined,
  catchUp: () => Iterable<ClusterUpdate> = () => [update(1), update(2)],
  clock = systemClock,
  current: readonly Command[] = [],
): Promise<ServingThreads> {
  threads = new ServingThreads({
    count,
    entry,
    data: (index) => ({ index, options: options(30), trouble: trouble() }) as unknown as ServingThreadData,
    catchUp,
    current: () => current,
    clock,
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

/** The most updates that came to each thread within one turn: while it takes them, it answers no queries. */
const together = async (): Promise<number[]> =>
  ((await threads!.ask({ kind: 'cache-statistics' })) as { together: number }[]).map(({ together }) => together);

/** Posts updates of these serials as a publisher does: each once `whenTaken` allows it. */
const publish = (running: ServingThreads, first: number, last: number): Promise<void> =>
  new Promise((resolve) => {
    let serial = first;
    const step = (): void => {
      running.post(update(serial));
      if (serial++ < last) running.whenTaken(step);
      else resolve();
    };
    running.whenTaken(step);
  });

test('of many changes two come in one turn at most, in their order', async () => {
  const running = await start(2);
  await publish(running, 11, 89);
  const all = Array.from({ length: 79 }, (_, i) => `update ${i + 11}`);
  expect(await told()).toEqual(Array(2).fill(['update 1', 'update 2', 'listen', ...all]));
  for (const most of await together()) expect(most).toBeLessThanOrEqual(2);
});

test('a change that nothing waits before is posted in the next turn', async () => {
  const running = await start(1);
  await new Promise<void>((resolve) => running.whenTaken(resolve));
  let isNext = false;
  running.whenTaken(() => (isNext = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isNext).toBe(true);
});

test('a thread that hangs, or crashes, does not keep the others from what changes', async () => {
  const running = await start(1);
  running.post(update(667));
  await publish(running, 669, 700);
  expect((await told())[0]!.slice(-2)).toEqual(['update 699', 'update 700']);
  running.post(update(666));
  await publish(running, 701, 702);
});

/** Calls come fifty times as often. */
const hurried = { ...systemClock, wait: (ms: number, signal?: AbortSignal) => systemClock.wait(ms / 50, signal) };

test('a thread that hangs for good is ended, said and replaced; until then none answers, and nothing is ready', async () => {
  const lines: LogLine[] = [];
  const running = await start(1, lines, undefined, undefined, hurried);
  expect([running.areServing, running.stuck]).toEqual([true, []]);
  running.post(update(668));
  await expect.poll(() => running.areServing, { timeout: 20_000 }).toBe(false);
  await expect.poll(() => running.replaced, { timeout: 20_000 }).toBeGreaterThan(0);
  await expect.poll(() => running.areServing, { timeout: 20_000 }).toBe(true);
  expect(lines).toContainEqual({ level: 'error', message: 'serving thread 0 hangs: it is ended and replaced', fields: {} });
}, 60_000);

test('one that hangs and cannot be ended is stuck', async () => {
  const running = await start(1, [], undefined, undefined, hurried);
  const terminate = vi.spyOn(Worker.prototype, 'terminate').mockResolvedValue(0);
  running.post(update(668));
  await expect.poll(() => running.stuck, { timeout: 20_000 }).toEqual([0]);
  terminate.mockRestore();
}, 60_000);

test('options that the zones hang on come with all that these are made of, one a turn, and changes between', async () => {
  const everything = Array.from({ length: 79 }, (_, i) => update(i + 1));
  const running = await start(1, [], undefined, () => everything);
  running.reload(options(7));
  running.post(update(100));
  await expect.poll(async () => (await told())[0]!.at(-1), { timeout: 5000 }).toBe('rebuilt');
  const heard = (await told())[0]!.slice(80);
  expect(heard.filter((word) => word !== 'update 100')).toEqual([
    'reload',
    ...everything.map(({ serial }) => `rebuild ${serial}`),
    'rebuilt',
  ]);
  expect(heard.indexOf('update 100')).toBeLessThan(5);
  // The change and at most one of them.
  expect((await together())[0]).toBeLessThanOrEqual(2);
});

test('other options come alone, and do not end what others began', async () => {
  const running = await start(1);
  running.reload(options(30, 'debug'));
  expect((await told())[0]!.slice(3)).toEqual(['reload']);
  running.reload(options(7));
  running.reload(options(7, 'warn'));
  await expect.poll(async () => (await told())[0]!.slice(4), { timeout: 5000 }).toHaveLength(5);
  expect((await told())[0]!.slice(4).filter((word) => word !== 'reload')).toEqual(['rebuild 1', 'rebuild 2', 'rebuilt']);
});

test('a thread that crashes is said, and replaced within a second by one that knows everything', async () => {
  const lines: LogLine[] = [];
  const running = await start(2, lines);
  const crashedAt = systemClock.monotonic();
  running.post(update(666));
  await expect.poll(() => running.replaced, { timeout: 20_000 }).toBe(2);
  await expect.poll(told, { timeout: 20_000 }).toEqual(Array(2).fill(['update 1', 'update 2', 'listen']));
  expect(systemClock.monotonic() - crashedAt).toBeLessThan(20_000);
  expect(lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual(
    expect.arrayContaining(['serving thread 0 crashed', 'serving thread 1 crashed']),
  );
}, 60_000);

test('every thread begins with the lists, and all but the first listen where that one does; one that comes later has the latest options', async () => {
  const bound = { listen: [{ host: '127.0.0.1', port: 5300 }], listenTls: [], listenHttps: [] };
  const lists: Command = { kind: 'lists', lists: new PolicyBuilder().finish() };
  const running = await start(2, [], undefined, undefined, systemClock, [lists]);
  const given = async (): Promise<unknown[]> =>
    ((await running.ask({ kind: 'cache-statistics' })) as { given: ServingThreadData }[]).map((thread) => [
      thread.given.isFirst,
      thread.given.addresses,
      thread.given.options.ttl,
    ]);
  expect(await told()).toEqual(Array(2).fill(['lists', 'update 1', 'update 2', 'listen']));
  expect(await given()).toEqual([
    [true, undefined, 30],
    [false, bound, 30],
  ]);
  running.reload(options(7));
  running.post(update(666));
  await expect.poll(() => running.replaced, { timeout: 20_000 }).toBe(2);
  await expect.poll(given, { timeout: 20_000 }).toEqual(Array(2).fill([false, bound, 7]));
  expect((await told()).map(([first]) => first)).toEqual(['lists', 'lists']);
}, 60_000);

test('one that takes the place of another and cannot listen is replaced too', async () => {
  const lines: LogLine[] = [];
  let started = 0;
  const running = await start(1, lines, () => (++started === 2 ? 'failed' : undefined));
  running.post(update(666));
  await expect.poll(() => running.replaced, { timeout: 20_000 }).toBe(2);
  await expect.poll(told, { timeout: 20_000 }).toEqual([['update 1', 'update 2', 'listen']]);
  expect(lines).toContainEqual({ level: 'error', message: 'serving thread 0 cannot listen', fields: { error: 'bind EADDRINUSE' } });
}, 60_000);

test('where the system gives no thread in its place, that is said, and it is replaced as soon as it does', async () => {
  const lines: LogLine[] = [];
  let started = 0;
  // As where pthread_create fails with EAGAIN, Worker throws at once.
  const data = (index: number): ServingThreadData => {
    started++;
    if (started === 2 || started === 3) throw new Error('EAGAIN');
    return { index, options: options(30) } as unknown as ServingThreadData;
  };
  threads = new ServingThreads({
    count: 1,
    entry,
    data,
    catchUp: () => [update(1)],
    current: () => [],
    clock: systemClock,
    log: (line) => lines.push(line),
  });
  await threads.start();
  threads.post(update(666));
  await expect.poll(told, { timeout: 20_000 }).toEqual([['update 1', 'listen']]);
  expect(threads.replaced).toBe(1);
  const fields = { error: 'EAGAIN' };
  expect(lines.filter(({ message }) => message.endsWith('yet'))).toEqual(
    Array(2).fill({ level: 'error', message: 'serving thread 0 cannot be replaced yet', fields }),
  );
}, 60_000);

test('where only some of the threads can be started, the start fails, and those end', async () => {
  threads = new ServingThreads({
    count: 3,
    entry,
    data: (index) => {
      if (index === 2) throw new Error('EAGAIN');
      return { index, options: options(30) } as unknown as ServingThreadData;
    },
    catchUp: () => [],
    current: () => [],
    clock: systemClock,
    log: () => undefined,
  });
  await expect(threads.start()).rejects.toThrow('EAGAIN');
  await threads.close(1000);
  expect(await told()).toEqual([]);
});

const NOT_LISTENING = 'serving thread 0 does not listen two minutes after its start: it is ended and replaced';

test.each(['hangs', 'waits'] as const)(
  'one that takes the place of another and %s before it listens is said and replaced',
  async (trouble) => {
    const lines: LogLine[] = [];
    let started = 0;
    const running = await start(1, lines, () => (++started === 2 ? trouble : undefined), undefined, hurried);
    running.post(update(666));
    await expect.poll(() => running.replaced, { timeout: 20_000 }).toBe(2);
    await expect.poll(() => running.areServing, { timeout: 20_000 }).toBe(true);
    expect(lines).toContainEqual({ level: 'error', message: NOT_LISTENING, fields: {} });
  },
  60_000,
);

test.each(['hangs', 'waits'] as const)(
  'the first that %s before it listens ends the start',
  async (trouble) => {
    const lines: LogLine[] = [];
    await expect(start(1, lines, () => trouble, undefined, hurried)).rejects.toThrow(
      'serving thread 0 ended with code 1 before it listened',
    );
    expect(lines).toContainEqual({ level: 'error', message: NOT_LISTENING, fields: {} });
  },
  60_000,
);

test('one that hangs is not waited for: its reply is left out, and it ends with the grace period', async () => {
  const running = await start(1, [], undefined, undefined, { ...systemClock, wait: (ms, signal) => systemClock.wait(ms / 10, signal) });
  running.post(update(668));
  expect(await told()).toEqual([]);
  await running.close(100);
  expect(running.replaced).toBe(0);
}, 60_000);

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
