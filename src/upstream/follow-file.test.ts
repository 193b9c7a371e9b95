/** A file that changes, disappears, reappears, and holds unusable text. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { until } from '../../test/fakes/until.ts';
import { followFile } from './follow-file.ts';

let folder: string;
let ending: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'follow-'));
  ending = new AbortController();
});
afterEach(() => {
  ending.abort();
  rmSync(folder, { recursive: true });
});

function follow() {
  const path = join(folder, 'file');
  const told: string[] = [];
  const clock = fakeClock();
  const start = (): void =>
    followFile(path, {
      clock,
      signal: ending.signal,
      changed: (text) => {
        if (text === 'useless') throw new Error('of no use');
        told.push(text);
      },
      unreadable: (error) => told.push(error.message.replace(/,.*/, '')),
    });
  /** Advances the clock until exactly `all` has been reported. */
  const tells = (...all: string[]): Promise<void> =>
    until(() => told.join() === all.join(), {
      shown: () => told.join(),
      between: async () => {
        await clock.advance(1000);
        await wait(2);
      },
    });
  /** Advances the clock to the next read and waits for its end, as files are really read. */
  const looked = async (ms: number): Promise<void> => {
    await until(() => clock.waiting === 1, { between: () => wait(2) });
    await clock.advance(ms);
    await until(() => clock.waiting === 1, { between: () => wait(2) });
  };
  return { path, told, clock, start, tells, looked };
}

test('a change is told once, at the start at once', async () => {
  const { path, told, start, tells } = follow();
  writeFileSync(path, 'one');
  start();
  expect(told).toEqual(['one']);
  writeFileSync(path, 'two');
  await tells('one', 'two');
});

test('a file that is being written is taken when it is whole', async () => {
  const { path, told, start, looked } = follow();
  writeFileSync(path, 'whole');
  start();
  writeFileSync(path, '');
  await looked(5000);
  writeFileSync(path, 'ha');
  await looked(200);
  writeFileSync(path, 'half');
  await looked(200);
  expect(told).toEqual(['whole']);
  await looked(200);
  expect(told).toEqual(['whole', 'half']);
  // Back to the text before: nothing to report.
  writeFileSync(path, '');
  await looked(5000);
  writeFileSync(path, 'half');
  await looked(200);
  await looked(5000);
  expect(told).toEqual(['whole', 'half']);
});

test('what is being read when it is followed no more is not told', async () => {
  const { path, told, clock, start, looked } = follow();
  writeFileSync(path, 'one');
  start();
  writeFileSync(path, 'two');
  await looked(5000);
  const reading = clock.advance(200);
  // Behind what the end of the wait brings about: the read has begun.
  await new Promise((resolve) => process.nextTick(resolve));
  ending.abort();
  await reading;
  await wait(50);
  expect(told).toEqual(['one']);
});

test('a pipe is read once, and a file in its place is followed', async () => {
  const { path, told, start, tells, looked } = follow();
  execFileSync('mkfifo', [path]);
  spawn('sh', ['-c', 'printf one > "$0"', path]);
  start();
  await looked(5000);
  expect(told).toEqual(['one']);
  rmSync(path);
  writeFileSync(path, 'two');
  await tells('one', 'two');
});

test('what went and comes back is told again, though it is the same', async () => {
  const { path, start, tells } = follow();
  writeFileSync(path, 'one');
  start();
  rmSync(path);
  await tells('one', 'ENOENT: no such file or directory');
  writeFileSync(path, 'one');
  await tells('one', 'ENOENT: no such file or directory', 'one');
});

test.each(['at the start', 'later'])(
  'what its reader cannot use is told as unreadable, once, and the file is followed on (%s)',
  async (when) => {
    const { path, start, tells } = follow();
    writeFileSync(path, when === 'later' ? 'one' : 'useless');
    start();
    const before = when === 'later' ? ['one'] : [];
    if (when === 'later') writeFileSync(path, 'useless');
    await tells(...before, 'of no use');
    writeFileSync(path, 'two');
    await tells(...before, 'of no use', 'two');
  },
);
