/** Hot reload of a file that is overwritten, and of one that changed before it was followed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../../src/clock.ts';
import { load } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { countersBlock, countersOver } from '../../src/telemetry/counters.ts';
import { postedLog } from '../../src/telemetry/log.ts';
import { followConfig } from './follow-config.ts';
import { optionProblems } from './option-problems.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubezone-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(path: string): ReturnType<typeof load> {
  return load(['--config', path], {}, (file) => readFileSync(file, 'utf8'), optionProblems);
}

/** A program started with `before` that begins to follow its file when the file holds `at`. */
function following(name: string, before: string, at = before) {
  const path = join(folder, name);
  const write = (text: string): void => writeFileSync(path, text);
  write(before);
  const loaded = read(path);
  if ('errors' in loaded) throw new Error(loaded.errors[0]?.message);
  write(at);
  const said: string[] = [];
  const used: Options[] = [];
  const reloads: boolean[] = [];
  const waiting: (readonly string[])[] = [];
  const log = postedLog(({ message }) => said.push(message), {
    level: 'info',
    clock: systemClock,
    counters: countersOver(countersBlock()),
  });
  const stop = new AbortController();
  followConfig(loaded.options, {
    context: { loadAgain: () => read(path) },
    log,
    observer: { reloaded: (error) => reloads.push(error), waiting: (options) => waiting.push(options) },
    signal: stop.signal,
    use: (options) => used.push(options),
  });
  return { write, remove: () => rmSync(path), said, used, reloads, waiting, stop: () => stop.abort() };
}

test('what takes effect is named, and what needs a restart; a broken file says where and changes nothing', async () => {
  const { write, said, used, reloads, stop } = following('a.yaml', 'ttl: 30\n');
  expect({ said, reloads }).toEqual({ said: [], reloads: [] });
  write('ttl: 7\nthreads: 2\nquery-log: all\n');
  await until(() => used.length === 1);
  expect(used[0]).toMatchObject({ ttl: 7, queryLog: 'all', threads: 1 });
  write('ttl: 8\nbogus: 1\n');
  await until(() => reloads.length === 2);
  write('ttl: 7\nquery-log: all\n');
  await until(() => reloads.length === 3);
  stop();
  expect(reloads).toEqual([false, true, false]);
  expect(used).toHaveLength(1);
  expect(said).toEqual([
    'config changed in what takes effect only after a restart: threads',
    'config reloaded: ttl, query-log',
    expect.stringMatching(/config refused, the old one stays in use: .*a\.yaml:2: there is no option "bogus"/),
    'config says what is in use already',
  ]);
});

test('that a changed file is in use is said again after a refusal, however soon', async () => {
  const { write, said, reloads, stop } = following('again.yaml', 'ttl: 30\n');
  for (const [index, text] of ['ttl: 7\n', 'ttl: many\n', 'ttl: 8\n'].entries()) {
    write(text);
    await until(() => reloads.length === index + 1);
  }
  stop();
  expect(said).toEqual(['config reloaded: ttl', expect.stringContaining('config refused'), 'config reloaded: ttl']);
});

test('what waits for a restart waits until the file says what is in use, also when a later one is refused', async () => {
  const { write, used, reloads, waiting, stop } = following(
    'd.yaml',
    'ttl: 30\n',
    'ttl: 30\nthreads: 2\nacl:\n  - refuse name x.example\n',
  );
  expect(waiting).toEqual([['threads', 'acl']]);
  write('ttl: many\n');
  await until(() => reloads.length === 1);
  write('ttl: 7\nthreads: 2\n');
  await until(() => used.length === 1);
  write('ttl: 7\n');
  await until(() => reloads.length === 3);
  stop();
  expect(waiting).toEqual([['threads', 'acl'], ['threads'], []]);
});

test('a file that changed while the program started is taken up', () => {
  const { used, reloads, stop } = following('b.yaml', 'ttl: 30\n', 'ttl: 9\n');
  stop();
  expect(used.map(({ ttl }) => ttl)).toEqual([9]);
  expect(reloads).toEqual([false]);
});

test('everything wrong is said at once, of what takes effect only after a restart too: else that would be its end', async () => {
  const { write, said, used, reloads, stop } = following('c.yaml', 'ttl: 30\n');
  write('ttl: many\nacl:\n  - perhaps\nupstream-ca: /no/ca\n');
  await until(() => reloads.length === 1);
  stop();
  expect({ used, reloads }).toEqual({ used: [], reloads: [true] });
  expect(said).toEqual([
    expect.stringMatching(/refused.*c\.yaml:1: ttl "many"/),
    expect.stringMatching(/refused.*c\.yaml:3: acl rule 1 "perhaps"/),
    expect.stringMatching(/refused.*c\.yaml:4: upstream-ca "\/no\/ca" cannot be read/),
  ]);
});

test('a file refused for another that it names is taken up once that is there; the same reason is said and counted once', async () => {
  const { write, said, used, reloads, stop } = following('named.yaml', 'ttl: 30\n');
  const secret = join(folder, 'secret');
  write(`ttl: 7\ncookie-secret: ${secret}\n`);
  await until(() => reloads.length === 1);
  await wait(2500);
  expect(reloads).toEqual([true]);
  writeFileSync(secret, 'not hexadecimal');
  await until(() => reloads.length === 2);
  writeFileSync(secret, '0123456789abcdef'.repeat(2));
  await until(() => used.length === 1);
  stop();
  expect(used[0]).toMatchObject({ ttl: 7 });
  expect(reloads).toEqual([true, true, false]);
  expect(said).toEqual([
    expect.stringContaining('cannot be read (ENOENT'),
    expect.stringContaining('config refused'),
    expect.stringMatching(/^config changed in what takes effect only after a restart: cookie-secret/),
    'config reloaded: ttl',
  ]);
}, 20_000);

test('an emptied file changes nothing, unless a comment says that it is meant', async () => {
  const { write, said, used, reloads, stop } = following('empty.yaml', 'ttl: 7\n');
  write('ttl: many\n');
  await until(() => reloads.length === 1);
  write('\n');
  await until(() => reloads.length === 2);
  await wait(1500);
  write('# all defaults\n');
  await until(() => used.length === 1);
  stop();
  expect(reloads).toEqual([true, true, false]);
  expect(said).toEqual([expect.stringContaining('ttl "many"'), expect.stringContaining('the file is empty'), 'config reloaded: ttl']);
});

test('a file that is gone is said and changes nothing, and so does its return', async () => {
  const { write, remove, said, used, reloads, stop } = following('gone.yaml', 'ttl: 7\n');
  remove();
  await until(() => reloads.length === 1);
  write('ttl: 7\n');
  await until(() => reloads.length === 2);
  stop();
  expect({ used, reloads }).toEqual({ used: [], reloads: [true, false] });
  expect(said).toEqual([
    expect.stringMatching(/^config refused, the old one stays in use: ENOENT.*gone\.yaml/),
    'config says what is in use already',
  ]);
});
