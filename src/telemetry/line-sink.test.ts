import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { unaborted } from '../../test/fakes/unaborted.ts';
import { lineSink } from './line-sink.ts';
import type { Log } from './log.ts';

/** Writes the lines `1` to `3`; `between` happens after the first, and `seconds` pass after it. Returns what the file holds, and the one it was renamed to. */
async function written(
  seconds: number,
  between: (path: string) => void,
  after: (path: string) => void = () => undefined,
): Promise<{ now: string; before: string; said: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'line-sink-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'queries.log');
  const clock = fakeClock();
  const said: string[] = [];
  const silent = (): void => undefined;
  const log: Log = { trace: silent, debug: silent, info: silent, warn: silent, error: (_, message) => void said.push(message) };
  const sink = lineSink(path, { clock, log, givingUp: unaborted() });
  for (const [index, happens] of [between, after, silent].entries()) {
    await sink(Buffer.from(`${index + 1}\n`));
    happens(path);
    await clock.advance(seconds * 1000);
  }
  const read = (of: string): string => (existsSync(of) ? readFileSync(of, 'utf8') : '');
  return { now: read(path), before: read(`${path}.1`), said };
}

const rename = (path: string): void => renameSync(path, `${path}.1`);

test.each([
  ['nobody touches', 1, () => undefined, '1\n2\n3\n', ''],
  ['is renamed', 1, rename, '2\n3\n', '1\n'],
  ['was renamed just now', 0.5, rename, '3\n', '1\n2\n'],
  ['is removed', 1, (path: string) => rmSync(path), '2\n3\n', ''],
])('a file that %s: where its lines go', async (_, seconds, between, now, before) => {
  expect(await written(seconds, between)).toEqual({ now, before, said: [] });
});

test('where no new file can be made, the lines go to the renamed one until it can, and that is said', async () => {
  const blocked = (path: string): void => {
    rename(path);
    mkdirSync(path);
  };
  expect(await written(1, blocked, rmdirSync)).toEqual({
    now: '3\n',
    before: '1\n2\n',
    said: ['the query log goes on in the file that was renamed or removed'],
  });
});

test.each([
  ['half a line', 3, '1\n2\n4\n'],
  ['a whole line', 5, '1\n22\n4\n'],
  ['nothing', 0, '4\n'],
])('a disk that is full once %s is written: the next line begins on its own', async (_, room, expected) => {
  let held = '';
  let left = room;
  const write = (_descriptor: number, octets: Uint8Array, from: number): Promise<{ bytesWritten: number }> => {
    if (left === 0) return Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
    const taken = octets.subarray(from, from + left);
    held += Buffer.from(taken).toString();
    left -= taken.length;
    return Promise.resolve({ bytesWritten: taken.length });
  };
  const silent = (): void => undefined;
  const log: Log = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };
  const sink = lineSink(undefined, { clock: fakeClock(), log, givingUp: unaborted(), write });
  await expect(sink(Buffer.from('1\n22\n3\n'))).rejects.toMatchObject({ message: 'ENOSPC', written: room });
  // Still full: nothing of this one is there.
  await expect(sink(Buffer.from('x\n'))).rejects.toMatchObject({ written: 0 });
  left = 100;
  await sink(Buffer.from('4\n'));
  expect(held).toBe(expected);
});
