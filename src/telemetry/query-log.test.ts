import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { exchanged, type Said } from '../../test/fakes/exchanged.ts';
import { cellOf } from './cells.ts';
import { countersBlock, countersOver, type Counters } from './counters.ts';
import type { Log } from './log.ts';
import { QueryLog, type QueryLogOptions } from './query-log.ts';
import { QueryRecorder } from './query-recorder.ts';
import { QueryRing, ringBlock } from './query-ring.ts';
import { TopLists } from './top.ts';

const off: QueryLogOptions = {
  queryLog: 'off',
  queryLogSlow: 100,
  queryLogSample: 10,
  queryLogFormat: 'json',
  maskClients: false,
  topSample: 0,
};
const silent: Log = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

type Event = Said & { readonly elapsed?: number; readonly late?: true };

interface Bench {
  readonly counters: Counters;
  readonly log: QueryLog;
  readonly top: TopLists;
  /** Records each event as a batch of its own. */
  readonly happen: (...events: readonly Event[]) => void;
  readonly recorder: QueryRecorder;
  /** Sets the wall clock forward, or back, by so many ms. */
  readonly setClock: (by: number) => void;
  /** Ends the log, and returns all lines written. */
  readonly lines: () => Promise<string[]>;
}

function bench(options: Partial<QueryLogOptions>, ringSize = 65_536, random = Math.random): Bench {
  let set = 0;
  const fake = fakeClock(Date.UTC(2026, 0, 2, 3, 4, 5, 6));
  const clock = { ...fake, now: () => fake.now() + set };
  const block = ringBlock(ringSize);
  const counters = countersOver(countersBlock());
  const chosen = { ...off, ...options };
  const top = new TopLists(clock, chosen.topSample);
  let written = '';
  const sink = (lines: Uint8Array): Promise<void> => {
    written += Buffer.from(lines).toString();
    return Promise.resolve();
  };
  const log = new QueryLog(chosen, { rings: [new QueryRing(block)], sink, seers: [top.see], counters, clock, log: silent });
  const recorder = new QueryRecorder(new QueryRing(block), counters, clock, random);
  const happen = (...events: readonly Event[]): void => {
    for (const { elapsed = 0.05, late, ...said } of events) {
      const { query, answer, size, response } = exchanged(said);
      if (late) recorder.late(query, answer, size, elapsed, response);
      else {
        recorder.responded(query, answer, size, response);
        recorder.batch(elapsed);
      }
    }
  };
  const lines = async (): Promise<string[]> => {
    await log.run(AbortSignal.abort());
    return written.split('\n').slice(0, -1);
  };
  return { counters, log, top, happen, recorder, setClock: (by) => void (set += by), lines };
}

const events: readonly Event[] = [
  { id: 1 },
  { id: 2, rcode: 3 },
  { id: 3, rcode: 2, late: true },
  { id: 4, elapsed: 250 },
  { id: 5, elapsed: 120, late: true },
  { id: 6, rcode: 5 },
];
const modes: readonly { readonly mode: QueryLogOptions['queryLog']; readonly ids: readonly number[] }[] = [
  { mode: 'off', ids: [] },
  { mode: 'errors', ids: [3, 6] },
  { mode: 'slow', ids: [4, 5] },
  { mode: 'all', ids: [1, 2, 3, 4, 5, 6] },
];

test.each(modes)('$mode: these queries are logged', async ({ mode, ids }) => {
  const { happen, lines, counters } = bench({ queryLog: mode });
  happen(...events);
  const logged = (await lines()).map((line) => (JSON.parse(line) as { id: number }).id);
  expect(logged).toEqual(ids);
  expect(counters[cellOf('logged')]).toBe(ids.length);
});

test('sampled: one in N, of pairs either one', async () => {
  const { happen, lines } = bench({ queryLog: 'sampled', queryLogSample: 10 }, 2 ** 20);
  for (let i = 0; i < 2000; i++) happen({ type: 'A' }, { type: 'AAAA' });
  const types = (await lines()).map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types.length).toBeGreaterThan(300);
  expect(types.length).toBeLessThan(500);
  expect(new Set(types)).toEqual(new Set(['A', 'AAAA']));
});

test.each([
  { random: 0, ids: [1, 2, 3, 4, 5, 6] },
  { random: 0.5, ids: [2, 4, 6] },
  { random: 0.999, ids: [3, 6] },
])('sampled, one in two: after 1 to 3 queries, 2 on average ($random)', async ({ random, ids }) => {
  const { happen, lines } = bench({ queryLog: 'sampled', queryLogSample: 2 }, 65_536, () => random);
  happen(...[1, 2, 3, 4, 5, 6].map((id) => ({ id })));
  expect((await lines()).map((line) => (JSON.parse(line) as { id: number }).id)).toEqual(ids);
});

test.each([
  ['off', 'all', [2]],
  ['all', 'off', [1]],
  ['off', 'slow', [3]],
] as const)('from %s to %s: the new mode holds for the very next query', async (before, after, ids) => {
  const { log, happen, lines } = bench({ queryLog: before });
  happen({ id: 1 });
  log.configure({ ...off, queryLog: after });
  if (after === 'slow') happen({ id: 3, elapsed: 250, late: true });
  else happen({ id: 2 });
  expect((await lines()).map((line) => (JSON.parse(line) as { id: number }).id)).toEqual(ids);
});

test('JSON says everything of a query and its answer', async () => {
  const { happen, lines } = bench({ queryLog: 'all' });
  happen({
    name: 'Web.Example.Com',
    type: 'SRV',
    id: 65_535,
    from: '2001:db8::1',
    port: 65_535,
    transport: 'tcp',
    rcode: 3,
    authoritative: true,
    dnssecOk: true,
    receivedAt: 1234.5,
    elapsed: 0.0416,
  });
  expect(JSON.parse((await lines())[0]!)).toEqual({
    level: 'info',
    time: '2026-01-02T03:04:06.240Z',
    message: 'query',
    client: '2001:db8::1',
    port: 65_535,
    id: 65_535,
    name: 'web.example.com.',
    proto: 'tcp',
    type: 'SRV',
    class: 'IN',
    rcode: 'NXDOMAIN',
    source: 'zone',
    flags: 'qr,aa,rd,ra',
    size: 44,
    responseSize: 44,
    do: true,
    payloadSize: 1232,
    ms: 0.042,
  });
});

test.each([3_600_000, -86_400_000, 0.9, -0.9])('after the clock was set by %d ms, lines have its time', async (by) => {
  const { happen, setClock, lines } = bench({ queryLog: 'all' });
  setClock(by);
  happen({ receivedAt: 5 }, { receivedAt: 5, late: true });
  // By less than a tick it was not set, but read twice: later queries must not seem to be earlier ones.
  const expected = Date.UTC(2026, 0, 2, 3, 4, 5, 11) + (Math.abs(by) < 1 ? 0 : by);
  expect((await lines()).map((line) => Date.parse((JSON.parse(line) as { time: string }).time))).toEqual([expected, expected]);
});

test('the wall clock is followed again a second later', async () => {
  const { happen, setClock, lines } = bench({ queryLog: 'all' });
  happen({ receivedAt: 5 });
  setClock(3_600_000);
  happen({ receivedAt: 1005 });
  expect((await lines()).at(-1)).toContain('"time":"2026-01-02T04:04:06.011Z"');
});

test("the common format is CoreDNS's", async () => {
  const { happen, lines } = bench({ queryLog: 'all', queryLogFormat: 'common' });
  happen(
    { name: 'example.org', id: 29_008, port: 50_759, elapsed: 1037.99 },
    { from: '::1', type: 'TYPE65280', truncated: true, source: 3 },
    { name: 'a\\.b.test' },
  );
  expect(await lines()).toEqual([
    '[INFO] 10.1.2.3:50759 - 29008 "A IN example.org. udp 40 false 1232" NOERROR qr,rd,ra 40 1.037990000s',
    '[INFO] [::1]:40000 - 1 "TYPE65280 IN www.example.com. udp 44 false 1232" NOERROR qr,tc,rd,ra 44 0.000050000s',
    '[INFO] 10.1.2.3:40000 - 1 "A IN a\\046b.test. udp 37 false 1232" NOERROR qr,rd,ra 37 0.000050000s',
  ]);
});

test('names of any octets make lines that parse', async () => {
  const { happen, lines } = bench({ queryLog: 'all' });
  const label = Array.from({ length: 63 }, (_, i) => `\\${String(i * 4 + 3).padStart(3, '0')}`).join('');
  happen({ name: `${label}.a\\.b\\"c.example` }, { name: '.' }, { name: 'plain' });
  const names = (await lines()).map((line) => (JSON.parse(line) as { name: string }).name);
  expect(names[0]).toMatch(/^\\003\\007.*\.a\\046b\\034c\.example\.$/);
  expect(names.slice(1)).toEqual(['.', 'plain.']);
});

test('masked: the network of a client, in the log and in the lists', async () => {
  const { happen, lines, top } = bench({ queryLog: 'all', maskClients: true, topSample: 1 });
  happen({ from: '10.1.2.3' }, { from: '2001:db8:1:2::3' });
  expect((await lines()).map((line) => (JSON.parse(line) as { client: string }).client)).toEqual(['10.1.2.0', '2001:db8:1::']);
  expect(top.top(5).clients.map(({ key }) => key)).toEqual(['10.1.2.0', '2001:db8:1::']);
});

test('what does not fit into the ring is dropped and counted; the rest is whole', async () => {
  const { happen, lines, counters } = bench({ queryLog: 'all' }, 4096);
  happen(...Array.from({ length: 200 }, (_, id) => ({ id })));
  const written = await lines();
  expect(written.length + counters[cellOf('logDropped')]!).toBe(200);
  expect(written.map((line) => (JSON.parse(line) as { id: number }).id)).toEqual(written.map((_, i) => i));
});

test('lines that cannot be written are counted as lost, and it goes on', async () => {
  const clock = fakeClock();
  const block = ringBlock(65_536);
  const counters = countersOver(countersBlock());
  const complaints: string[] = [];
  let isFull = true;
  const sink = (): Promise<void> => (isFull ? Promise.reject(new Error('ENOSPC: no space left on device, write')) : Promise.resolve());
  const complain = (_: object, message: string): void => void complaints.push(message);
  const parts = { rings: [new QueryRing(block)], sink, seers: [], counters, clock, log: { ...silent, error: complain } };
  const log = new QueryLog({ ...off, queryLog: 'all' }, parts);
  const recorder = new QueryRecorder(new QueryRing(block), counters, clock, Math.random);
  const { query, answer, size, response } = exchanged();
  for (const full of [true, false]) {
    isFull = full;
    for (let i = 0; i < 3; i++) recorder.responded(query, answer, size, response);
    recorder.batch(1);
    await log.run(AbortSignal.abort());
  }
  expect([counters[cellOf('logDropped')], counters[cellOf('logged')], complaints.length]).toEqual([3, 3, 1]);
});

test('a batch of any size is recorded as far as it goes, and the rest is counted', async () => {
  const { recorder, lines, counters } = bench({ queryLog: 'all' }, 2 ** 20);
  for (let id = 0; id < 1500; id++) {
    const { query, answer, size, response } = exchanged({ id });
    recorder.responded(query, answer, size, response);
  }
  recorder.batch(2);
  const written = (await lines()).map((line) => JSON.parse(line) as { ms: number });
  expect([written.length, counters[cellOf('logDropped')]]).toEqual([1024, 476]);
  expect(written.every(({ ms }) => ms === 2)).toBe(true);
});
