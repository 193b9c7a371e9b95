/** How the query log ends: with what its reader takes in time. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { exchanged } from '../../test/fakes/exchanged.ts';
import { isInstalled } from '../../test/fakes/is-installed.ts';
import { systemClock } from '../clock.ts';
import { cellOf } from './cells.ts';
import { countersBlock, countersOver, type Counters } from './counters.ts';
import type { Log } from './log.ts';
import { QueryRecorder } from './query-recorder.ts';
import { QueryRing, ringBlock } from './query-ring.ts';
import { readRecords, type QueryRecords, type RecordsOptions } from './records.ts';

const options: Omit<RecordsOptions, 'queryLogFile'> = {
  queryLog: 'all',
  queryLogSlow: 100,
  queryLogSample: 1,
  queryLogFormat: 'json',
  maskClients: false,
  topSample: 0,
  metricsExemplars: false,
};
/** More lines than a pipe holds. */
const LINES = 1000;

interface Bench {
  readonly records: QueryRecords;
  readonly counters: Counters;
  /** The texts of errors logged. */
  readonly said: string[];
  /** Reads what the pipe holds. */
  readonly read: () => string;
}

/** A query log that has recorded `LINES` queries and writes to a pipe. */
function bench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'records-'));
  const path = join(folder, 'pipe');
  spawnSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  onTestFinished(() => {
    closeSync(reader);
    rmSync(folder, { recursive: true });
  });
  const said: string[] = [];
  const complain: Log['error'] = ({ error }) => void said.push(String(error));
  const log: Log = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: complain };
  const counters = countersOver(countersBlock());
  const ring = ringBlock(1 << 20);
  const records = readRecords({ ...options, queryLogFile: path }, { rings: [ring], counters, clock: systemClock, log });
  const recorder = new QueryRecorder(new QueryRing(ring), counters, systemClock, Math.random);
  const { query, answer, size, response } = exchanged();
  for (let i = 0; i < LINES; i++) recorder.responded(query, answer, size, response);
  recorder.batch(1);
  const buffer = new Uint8Array(1 << 20);
  const read = (): string => {
    try {
      return Buffer.from(buffer.subarray(0, readSync(reader, buffer))).toString();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
      throw error;
    }
  };
  return { records, counters, said, read };
}

const counted = (counters: Counters): readonly [logged: number, lost: number] => [
  counters[cellOf('logged')]!,
  counters[cellOf('logDropped')]!,
];

test.skipIf(!isInstalled('mkfifo'))('a reader that takes nothing is not waited for: what it has not taken is counted as lost', async () => {
  const { records, counters, said } = bench();
  await records.close(100);
  await expect.poll(() => counted(counters).reduce((sum, count) => sum + count), { timeout: 5000 }).toBe(LINES);
  expect(counted(counters)[1]).toBeGreaterThan(LINES / 2);
  expect(new Set(said)).toEqual(new Set(['whoever reads it takes no more']));
});

test.skipIf(!isInstalled('mkfifo'))('one that is slow gets every line', async () => {
  const { records, counters, read } = bench();
  let text = '';
  const reading = setInterval(() => (text += read()), 20);
  await records.close(15_000);
  clearInterval(reading);
  text += read();
  expect(counted(counters)).toEqual([LINES, 0]);
  expect(text.trimEnd().split('\n')).toHaveLength(LINES);
});

test.skipIf(!isInstalled('mkfifo'))(
  'one that comes too late reads whole lines but for the last, as many as are counted as logged',
  async () => {
    const { records, counters, read } = bench();
    await records.close(100);
    let text = '';
    await expect
      .poll(
        () => {
          text += read();
          return counted(counters).reduce((sum, count) => sum + count);
        },
        { timeout: 5000 },
      )
      .toBe(LINES);
    for (let more = read(); more !== ''; more = read()) text += more;
    const lines = text.split('\n').slice(0, -1);
    expect(counted(counters)[0]).toBe(lines.length);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('name');
  },
);

test('clients counted before masking was switched on are not shown', async () => {
  const ring = ringBlock(65_536);
  const counters = countersOver(countersBlock());
  const log: Log = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => expect.unreachable() };
  const sampling = { ...options, queryLog: 'off', topSample: 1, queryLogFile: undefined } as const;
  const records = readRecords(sampling, { rings: [ring], counters, clock: systemClock, log });
  const recorder = new QueryRecorder(new QueryRing(ring), counters, systemClock, Math.random);
  const clientsSeen = async (): Promise<string[]> => {
    const { query, answer, size, response } = exchanged({ from: '10.1.2.3' });
    recorder.responded(query, answer, size, response);
    recorder.batch(1);
    await expect.poll(() => records.top.top(5).queries).toBeGreaterThan(0);
    return records.top.top(5).clients.map(({ key }) => key);
  };
  expect(await clientsSeen()).toEqual(['10.1.2.3']);
  records.configure({ ...sampling, maskClients: true });
  expect(await clientsSeen()).toEqual(['10.1.2.0']);
  records.configure({ ...sampling, maskClients: true });
  expect(records.top.top(5).queries).toBe(1);
  await records.close(100);
});
