/** When the snapshot is written, and for which options it is used. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Publisher } from '../../src/cluster/publisher.ts';
import type { PublishedState } from '../../src/cluster/update.ts';
import type { Options } from '../../src/config/options.ts';
import { keepSnapshot, readSnapshot, type SnapshotParts } from './snapshot-file.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'snapshot-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const state: PublishedState = { serial: 7, services: [], namespaces: ['default'], pods: [] };
const publisher = { state: 'live', serial: 7, snapshot: () => state } as unknown as Publisher;

function optionsWith(changes: Partial<Options>): Options {
  return { snapshot: join(folder, 'sub', 'snapshot'), kubeconfig: 'one', namespaces: [], pods: 'insecure', ...changes } as Options;
}

interface Listening extends Pick<SnapshotParts, 'log' | 'observer'> {
  readonly lines: string[];
  /** Whether each write succeeded. */
  readonly writes: boolean[];
}

function listening(): Listening {
  const lines: string[] = [];
  const line = (_: unknown, message: string): void => void lines.push(message);
  const writes: boolean[] = [];
  const observer = { saved: (error: boolean) => void writes.push(!error) };
  return { log: { trace: line, debug: line, info: line, warn: line, error: line }, observer, lines, writes };
}

test('what could not be written is written later, though nothing has changed', async () => {
  const { log, observer, lines, writes } = listening();
  const ending = new AbortController();
  const options = optionsWith({});
  const keeping = keepSnapshot(options, 'kubeconfig', { publisher, log, observer, signal: ending.signal });
  await expect.poll(() => lines).toEqual([expect.stringContaining('the snapshot cannot be written')]);
  mkdirSync(join(folder, 'sub'));
  ending.abort();
  await keeping;
  expect(existsSync(options.snapshot!)).toBe(true);
  expect(writes).toEqual([false, true]);
});

test('what has not changed is not written again', async () => {
  const { log, observer, writes } = listening();
  mkdirSync(join(folder, 'sub'));
  const ending = new AbortController();
  const keeping = keepSnapshot(optionsWith({}), 'kubeconfig', { publisher, log, observer, signal: ending.signal });
  await expect.poll(() => writes).toEqual([true]);
  ending.abort();
  await keeping;
  expect(writes).toEqual([true]);
});

test('where the file cannot be, nothing half is left beside it, and a start says so and goes on without it', async () => {
  const { log, observer, lines, writes } = listening();
  const options = optionsWith({});
  mkdirSync(join(options.snapshot!, 'a folder'), { recursive: true });
  await keepSnapshot(options, 'kubeconfig', { publisher, log, observer, signal: AbortSignal.abort() });
  expect(readSnapshot(options, 'kubeconfig', log)).toBeUndefined();
  expect(lines).toEqual(['written', 'read'].map((what) => expect.stringContaining(`the snapshot cannot be ${what}`) as string));
  expect(writes).toEqual([false]);
  expect(readdirSync(join(folder, 'sub'))).toEqual(['snapshot']);
});

test('a start without one says nothing', () => {
  const { log, lines } = listening();
  expect(readSnapshot(optionsWith({}), 'kubeconfig', log)).toBeUndefined();
  expect(lines).toEqual([]);
});

test('a state that cannot be encoded is said, and ends nothing', async () => {
  const { log, observer, lines, writes } = listening();
  const tooLarge = {
    state: 'live',
    serial: 7,
    snapshot: () => {
      throw new RangeError('Invalid string length');
    },
  } as unknown as Publisher;
  await keepSnapshot(optionsWith({}), 'kubeconfig', { publisher: tooLarge, log, observer, signal: AbortSignal.abort() });
  expect(lines).toEqual([expect.stringContaining('the snapshot cannot be written')]);
  expect(writes).toEqual([false]);
});

test.each<[string, Partial<Options>]>([
  ['kubeconfig', { kubeconfig: 'two' }],
  ['context', { context: 'other' }],
  ['namespaces', { namespaces: ['default'] }],
  ['selector', { selector: 'app=web' }],
  ['pods mode', { pods: 'verified' }],
  ['kind of endpoint name', { endpointPodNames: true }],
])('that of another %s is not served', async (_, changes) => {
  const { log, observer } = listening();
  mkdirSync(join(folder, 'sub'));
  await keepSnapshot(optionsWith({}), 'kubeconfig', { publisher, log, observer, signal: AbortSignal.abort() });
  expect(readSnapshot(optionsWith({}), 'kubeconfig', log)).toEqual(state);
  expect(readSnapshot(optionsWith(changes), 'kubeconfig', log)).toBeUndefined();
  expect(readSnapshot(optionsWith({}), 'in-cluster', log)).toBeUndefined();
});

test('replicas that share a folder write beside each other', async () => {
  const { log, observer, lines } = listening();
  mkdirSync(join(folder, 'sub'));
  const options = optionsWith({});
  await Promise.all(
    Array.from({ length: 8 }, () => keepSnapshot(options, 'kubeconfig', { publisher, log, observer, signal: AbortSignal.abort() })),
  );
  expect(lines).toEqual([]);
  expect(readSnapshot(options, 'kubeconfig', log)).toEqual(state);
  expect(readdirSync(join(folder, 'sub'))).toEqual(['snapshot']);
});

test('what a crash left half written is removed, and not what another replica writes at this moment', async () => {
  const { log, observer } = listening();
  mkdirSync(join(folder, 'sub'));
  const hoursAgo = Date.now() / 1000 - 7200;
  for (const [name, time] of [
    ['snapshot.new', hoursAgo],
    ['snapshot.0f0f0f0f.new', hoursAgo],
    ['snapshot.aaaaaaaa.new', Date.now() / 1000],
    ['snapshot.other', hoursAgo],
    ['else.0f0f0f0f.new', hoursAgo],
  ] as const) {
    writeFileSync(join(folder, 'sub', name), '');
    utimesSync(join(folder, 'sub', name), time, time);
  }
  await keepSnapshot(optionsWith({}), 'kubeconfig', { publisher, log, observer, signal: AbortSignal.abort() });
  expect(readdirSync(join(folder, 'sub')).toSorted()).toEqual(['else.0f0f0f0f.new', 'snapshot', 'snapshot.aaaaaaaa.new', 'snapshot.other']);
});
