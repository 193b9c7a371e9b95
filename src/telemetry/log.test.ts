import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { isInstalled } from '../../test/fakes/is-installed.ts';
import type { FullPipeResult } from '../../test/programs/full-pipe.ts';
import { cellOf } from './cells.ts';
import { countersBlock, countersOver, type Counters } from './counters.ts';
import { indexOf } from './dimensions.ts';
import { createLog, lineStream, postedLog, type LeastLevel, type LogLevel, type LogLine, type ProgramLog } from './log.ts';

const written = (level: LeastLevel = 'info') => {
  const lines: Record<string, unknown>[] = [];
  const clock = fakeClock(Date.UTC(2026, 0, 2));
  const counters = countersOver(countersBlock());
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, clock, counters, log: createLog({ level, clock, counters, version: '1.2.3', destination }) };
};

test('a line is JSON with the time, the level, the version, the fields and the message', () => {
  const { log, lines, counters } = written();
  log.info({ urls: ['udp://127.0.0.1:53'] }, 'serving');
  log.debug({}, 'not this one');
  expect(lines).toEqual([
    { level: 'info', time: '2026-01-02T00:00:00.000Z', version: '1.2.3', urls: ['udp://127.0.0.1:53'], message: 'serving' },
  ]);
  expect(counters[cellOf('logLines', indexOf('level', 'info'))]).toBe(1);
  expect(counters[cellOf('logLines', indexOf('level', 'debug'))]).toBe(0);
});

test('the level can be changed, and silent is silent', () => {
  const { log, lines } = written('silent');
  log.error({}, 'one');
  log.setLevel('debug');
  log.debug({}, 'two');
  log.setLevel('warn');
  log.info({}, 'three');
  expect(lines.map(({ message }) => message)).toEqual(['two']);
});

test('the same message is written once in ten seconds, then with the number kept back', async () => {
  const { log, lines, clock, counters } = written();
  for (let i = 0; i < 5; i++) log.warn({ i }, 'upstream down');
  log.error({}, 'upstream down');
  await clock.advance(10_000);
  log.warn({ i: 9 }, 'upstream down');
  expect(lines.map(({ level, i, repeats }) => ({ level, i, repeats }))).toEqual([
    { level: 'warn', i: 0, repeats: undefined },
    { level: 'error', i: undefined, repeats: undefined },
    { level: 'warn', i: 9, repeats: 4 },
  ]);
  expect(counters[cellOf('logSuppressed')]).toBe(4);
});

test('the last line about what changes to and fro says what it is, however soon it was so before', () => {
  const { log, lines } = written();
  for (const message of ['a is down', 'a is asked', 'a is down', 'a is down', 'b is down', 'a is asked'])
    log.info({ changed: message[0] }, message);
  expect(lines.map(({ message }) => message)).toEqual(['a is down', 'a is asked', 'a is down', 'b is down', 'a is asked']);
});

test('messages that carry what varies fill neither the memory nor the log: so many of a level in ten seconds, and that it was so', async () => {
  const { log, lines, clock, counters } = written();
  for (let i = 0; i < 5000; i++) log.warn({}, `object ${i}`);
  log.error({}, 'of another level');
  expect(lines).toHaveLength(302);
  expect(lines[300]).toMatchObject({ level: 'warn', message: expect.stringContaining('300 lines in ten seconds') as unknown });
  expect(lines[301]).toMatchObject({ level: 'error' });
  expect(counters[cellOf('logSuppressed')]).toBe(4700);
  await clock.advance(10_000);
  log.warn({}, 'object 4999');
  expect(lines).toHaveLength(303);
});

test('lines of a level that is not enabled are not counted as suppressed, and are no repeats', () => {
  const { log, lines, counters } = written('info');
  for (let i = 0; i < 5; i++) log.debug({}, 'the same');
  for (let i = 0; i < 400; i++) log.debug({}, `another ${i}`);
  expect([lines.length, counters[cellOf('logSuppressed')]]).toEqual([0, 0]);
  log.setLevel('debug');
  log.debug({}, 'the same');
  expect(lines).toMatchObject([{ level: 'debug', message: 'the same' }]);
  expect(lines[0]).not.toHaveProperty('repeats');
});

function posted(post: (line: LogLine) => void, level: LeastLevel = 'info', counters: Counters = countersOver(countersBlock())): ProgramLog {
  return postedLog(post, { level, clock: fakeClock(), counters });
}

test.each<[LeastLevel, LogLevel[]]>([
  ['trace', ['trace', 'debug', 'info', 'warn', 'error']],
  ['warn', ['warn', 'error']],
  ['silent', []],
])('a serving thread posts from the level on (%s), and counts no others', (level, expected) => {
  for (const start of ['silent', level] as const) {
    const lines: LogLine[] = [];
    const counters = countersOver(countersBlock());
    const log = posted((line) => lines.push(line), start, counters);
    log.setLevel(level);
    for (const of of ['trace', 'debug', 'info', 'warn', 'error'] as const) for (let i = 0; i < 3; i++) log[of]({}, 'thrice');
    expect(lines.map((line) => line.level)).toEqual(expected);
    expect(counters[cellOf('logSuppressed')]).toBe(2 * expected.length);
  }
});

test('lines of a serving thread are plain, their errors as text', () => {
  const lines: LogLine[] = [];
  const log = posted((line) => lines.push(structuredClone(line)));
  for (let i = 0; i < 3; i++) log.error({ error: new RangeError('broken stage'), name: 'a.example.' }, 'a query failed');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: 'error', message: 'a query failed', fields: { name: 'a.example.' } });
  expect(lines[0]!.fields.error).toMatch(/^RangeError: broken stage\n/);
});

test.skipIf(!existsSync('/dev/full'))('a full disk ends nothing: lines wait for room, and those that are too many are counted', () => {
  const fd = openSync('/dev/full', 'w');
  const counters = countersOver(countersBlock());
  const stream = lineStream(fd, counters);
  for (let i = 0; i < 100; i++) stream.write(`${'x'.repeat(1023)}\n`);
  expect(counters[cellOf('logLost')]).toBe(36);
  closeSync(fd);
});

test.skipIf(!isInstalled('mkfifo'))(
  'a full pipe holds nothing up: lines wait for its reader, and those that are too many are counted',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-'));
    const path = join(folder, 'pipe');
    spawnSync('mkfifo', [path]);
    const program = fileURLToPath(new URL('../../test/programs/full-pipe.ts', import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [program, path, '300'], { encoding: 'utf8', timeout: 15_000 });
    rmSync(folder, { recursive: true });
    expect(stderr).toBe('');
    const { turns, lost, read } = JSON.parse(stdout) as FullPipeResult;
    expect(turns).toBeGreaterThan(10);
    // A pipe holds 64 KiB or less, and as much waits: of 300 KiB, these are the first.
    expect(lost).toBeGreaterThan(100);
    const kept = Array.from({ length: 300 - lost }, (_, i) => i);
    expect(read).toEqual([...kept, 300]);
  },
);
