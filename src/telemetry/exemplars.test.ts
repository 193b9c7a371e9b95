/** An exemplar appears on the bucket that its query was counted in. */
import { expect, test } from 'vitest';
import { exchanged } from '../../test/fakes/exchanged.ts';
import { Source } from '../wire/answer.ts';
import { durationBounds } from './buckets.ts';
import { Exemplars } from './exemplars.ts';
import { LATE, RecordView, setDuration, TO_LOG, writeRecord } from './query-record.ts';
import { QueryRing, ringBlock } from './query-ring.ts';

test.each([
  ['at once', TO_LOG, 'zone'],
  ['later, as an alias that leads outside', TO_LOG | LATE, 'forward'],
])('of an answer given %s', (_, purpose, source) => {
  const ring = new QueryRing(ringBlock(4096));
  const { query, answer, size, response } = exchanged({ name: 'web.example', source: Source.zone });
  const offset = writeRecord(ring, purpose, query, answer, size, response);
  setDuration(ring, offset, 30);
  const exemplars = new Exemplars();
  exemplars.see(new RecordView(ring).at(ring, offset));
  const shown = ['zone', 'forward'].filter(
    (label) =>
      exemplars.of({
        name: 'kubezone_dns_request_duration_seconds_bucket',
        labels: { proto: 'udp', source: label },
        le: '0.032',
        value: 1,
      }) !== undefined,
  );
  expect(shown).toEqual([source]);
});

test('a long name is cut: all labels together have at most 128 characters', () => {
  const ring = new QueryRing(ringBlock(4096));
  const label = 'a'.repeat(63);
  const { query, answer, size, response } = exchanged({ name: `${label}.${label}.example`, type: 'TYPE65280' });
  const offset = writeRecord(ring, TO_LOG, query, answer, size, response);
  const exemplars = new Exemplars();
  exemplars.see(new RecordView(ring).at(ring, offset));
  const bucket = { name: 'kubezone_dns_request_duration_seconds_bucket', labels: { proto: 'udp', source: 'zone' }, value: 1 };
  const { labelSet } = exemplars.of({ ...bucket, le: String(durationBounds[0]) })!;
  expect(labelSet).toEqual({ name: `${label}.${'a'.repeat(32)}`, type: 'TYPE65280' });
  expect(Object.entries(labelSet).flat().join('').length).toBeLessThanOrEqual(128);
});
