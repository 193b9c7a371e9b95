/** When the snapshot is written, and whose it is. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Publisher } from '../../src/cluster/publisher.ts';
import type { PublishedState } from '../../src/cluster/update.ts';
import type { Options } from '../../src/config/options.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { keepSnapshot, readSnapshot } from './snapshot-file.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'snapshot-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const state: PublishedState = { serial: 7, services: [], namespaces: ['default'], pods: [] };
const publisher = { state: 'live', serial: 7, snapshot: () => state } as unknown as Publisher;

function optionsWith(changes: Partial<Options>): Options {
  return { snapshot: join(folder, 'sub', 'snapshot'), kubeconfig: 'one', namespaces: [], pods: 'insecure', ...changes } as Options;
}

function listeningLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const line = (_: unknown, message: string): void => void lines.push(message);
  return { log: { trace: line, debug: line, info: line, warn: line, error: line }, lines };
}

test('what could not be written is written later, though nothing has changed', async () => {
  const { log, lines } = listeningLog();
  const ending = new AbortController();
  const options = optionsWith({});
  const keeping = keepSnapshot(options, 'kubeconfig', publisher, log, ending.signal);
  await expect.poll(() => lines).toEqual([expect.stringContaining('the snapshot cannot be written')]);
  mkdirSync(join(folder, 'sub'));
  ending.abort();
  await keeping;
  expect(existsSync(options.snapshot!)).toBe(true);
});

test.each<[string, Partial<Options>]>([
  ['kubeconfig', { kubeconfig: 'two' }],
  ['context', { context: 'other' }],
  ['namespaces', { namespaces: ['default'] }],
])('that of another %s is not served', async (_, changes) => {
  const { log } = listeningLog();
  mkdirSync(join(folder, 'sub'));
  await keepSnapshot(optionsWith({}), 'kubeconfig', publisher, log, AbortSignal.abort());
  expect(readSnapshot(optionsWith({}), 'kubeconfig', log)).toEqual(state);
  expect(readSnapshot(optionsWith(changes), 'kubeconfig', log)).toBeUndefined();
});
