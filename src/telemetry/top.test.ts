import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { exchanged, type Said } from '../../test/fakes/exchanged.ts';
import { QueryRing, ringBlock } from './query-ring.ts';
import { RecordView, TO_LOG, TO_TOP, writeRecord } from './query-record.ts';
import { TopLists } from './top.ts';

function see(top: TopLists, times: number, said: Said, purpose = TO_TOP): void {
  const ring = new QueryRing(ringBlock(4096));
  const { query, answer, size, response } = exchanged(said);
  const offset = writeRecord(ring, purpose, query, answer, size, response);
  for (let i = 0; i < times; i++) top.see(new RecordView(ring).at(ring, offset));
}

test('clients, names and absent names by how often, scaled by the sample', () => {
  const top = new TopLists(fakeClock(), 64);
  see(top, 3, { from: '10.0.0.1', name: 'A.example' });
  see(top, 1, { from: '10.0.0.2', name: 'b.example', rcode: 3 });
  see(top, 9, { from: '10.0.0.3' }, TO_LOG);
  expect(top.top(10)).toEqual({
    seconds: 0,
    queries: 256,
    sample: 64,
    clients: [
      { key: '10.0.0.1', queries: 192, error: 0, share: 0.75 },
      { key: '10.0.0.2', queries: 64, error: 0, share: 0.25 },
    ],
    names: [
      { key: 'a.example.', queries: 192, error: 0, share: 0.75 },
      { key: 'b.example.', queries: 64, error: 0, share: 0.25 },
    ],
    nxdomains: [{ key: 'b.example.', queries: 64, error: 0, share: 0.25 }],
  });
  expect(top.top(1).clients).toHaveLength(1);
});

test('what is older than two minutes is forgotten', async () => {
  const clock = fakeClock();
  const top = new TopLists(clock, 1);
  see(top, 5, { name: 'old.example' });
  await clock.advance(70_000);
  see(top, 1, { name: 'new.example' });
  expect(top.top(10).names.map(({ key }) => key)).toEqual(['old.example.', 'new.example.']);
  await clock.advance(60_000);
  expect(top.top(10).names.map(({ key }) => key)).toEqual(['new.example.']);
  await clock.advance(200_000);
  expect(top.top(10)).toMatchObject({ names: [], queries: 0 });
});

test('a reloaded sample begins anew: what was seen at another is not scaled by it', () => {
  const top = new TopLists(fakeClock(), 64);
  see(top, 3, { name: 'old.example' });
  top.sample = 64;
  expect(top.top(10).queries).toBe(192);
  top.sample = 1;
  see(top, 5, { name: 'new.example' });
  expect(top.top(10)).toMatchObject({ queries: 5, sample: 1, names: [{ key: 'new.example.', queries: 5, share: 1 }] });
});
