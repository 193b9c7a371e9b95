import { expect, test } from 'vitest';
import { packRRsets, readRRsets } from './local-data.ts';

test('what was packed is read again, whatever the octets of its numbers, and each record once', () => {
  const octets = (size: number, fill: number): Uint8Array => new Uint8Array(size).fill(fill);
  const rrsets = [
    { type: 1, ttl: 60, rdata: [octets(4, 1), octets(4, 2)] },
    { type: 65_280, ttl: 0x7fffffff, rdata: [octets(0, 0), octets(300, 3), octets(65_000, 4)] },
    { type: 257, ttl: 0x01020304, rdata: [] },
  ];
  const packed = packRRsets([{ ...rrsets[0]!, rdata: [...rrsets[0]!.rdata, octets(4, 1)] }, ...rrsets.slice(1)]);
  expect(readRRsets(Uint8Array.from([...octets(7, 9), ...packed]), 7)).toEqual(rrsets);
});
