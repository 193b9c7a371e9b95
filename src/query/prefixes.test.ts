import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress } from '../wire/address.ts';
import { formatPrefix, holdsAddress, matchPrefixes, parsePrefix, prefixTable, prefixTableOf, type Prefix } from './prefixes.ts';

test.each([
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['192.0.2.1', '192.0.2.1/32'],
  ['FD00::1', 'fd00::1/128'],
  ['fd00:1:2::/33', 'fd00:1::/33'],
  ['::/0', '::/0'],
  ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ['::ffff:10.0.0.1', '10.0.0.1/32'],
  ['10.0.0.0/33', undefined],
  ['10.0.0/8', undefined],
  ['10.0.0.0/', undefined],
  ['10.0.0.0/8/9', undefined],
  ['', undefined],
])('%s is read as %s', (text, expected) => {
  const prefix = parsePrefix(text);
  expect(prefix && formatPrefix(prefix)).toBe(expected);
});

test('all prefixes that hold an address are found, the shortest first', () => {
  const table = prefixTable(
    ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', '::/0'].map((text, index): [Prefix, number] => [parsePrefix(text)!, index]),
  );
  const found = new Int32Array(129);
  const match = (text: string): number[] => [...found.subarray(0, matchPrefixes(table, parseAddress(text)!, found))];
  expect(match('10.1.2.3')).toEqual([0, 1, 2, 3]);
  expect(match('10.1.2.4')).toEqual([0, 1, 2]);
  expect(match('11.0.0.1')).toEqual([0]);
  expect(match('fd00::1')).toEqual([4]);
});

test('an address is held as its bits say', () => {
  const octets = fc
    .constantFrom(4, 16)
    .chain((length) => fc.tuple(fc.uint8Array({ minLength: length, maxLength: length }), fc.nat(length * 8)));
  fc.assert(
    fc.property(octets, fc.nat(127), ([address, length], flipped) => {
      const table = prefixTable([
        [{ address: address.map((octet, index) => octet & (0xff00 >> Math.min(8, Math.max(0, length - index * 8)))), length }, 7],
      ]);
      expect(holdsAddress(table, address)).toBe(true);
      const bit = flipped % (address.length * 8);
      const other = address.slice();
      other[bit >> 3]! ^= 0x80 >> (bit & 7);
      expect(holdsAddress(table, other)).toBe(bit >= length);
    }),
  );
});

test('an empty table holds nothing', () => {
  expect(holdsAddress(prefixTableOf([]), parseAddress('10.0.0.1')!)).toBe(false);
});
