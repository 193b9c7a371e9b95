/** An exemplar appears on the bucket that its query was counted in. */
import { expect, test } from 'vitest';
import { exchanged } from '../../test/fakes/exchanged.ts';
import { Source } from '../wire/answer.ts';
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
