import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { octets } from '../../test/fakes/slim.ts';
import { nameFromText, nameToText } from '../wire/name.ts';
import { reverseName } from '../wire/reverse-name.ts';
import { addressLabel, isLabel, isPortName, labelledAddress } from './labels.ts';
import { fromOctets, toOctets } from './octets.ts';
import { readReverseName } from './reverse-name.ts';

const address = (text: string): string => toOctets(octets(text));
const anyAddress = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })).map(toOctets);

it.each([
  ['172.0.0.2', '172-0-0-2'],
  ['5678:abcd::1', '5678-abcd--1'],
  ['2001:db8::', '2001-db8--0'],
  ['::', '--0'],
  ['::1', '--1'],
])('%s is spelt %s', (text, label) => {
  expect(addressLabel(address(text))).toBe(label);
  expect(labelledAddress(label)).toBe(address(text));
});

it.each(['2001-db8--', '2001-0db8--1', '172-0-0-02', '172-0-0', 'x', '', '1-2-3-4-5'])('%j is no spelling', (label) => {
  expect(labelledAddress(label)).toBeUndefined();
});

describe('any address', () => {
  it('is read back from its label', () => {
    fc.assert(
      fc.property(anyAddress, (one) => {
        expect(labelledAddress(addressLabel(one))).toBe(one);
      }),
    );
  });

  it('is read back from its reverse name, and what its parents begin with', () => {
    fc.assert(
      fc.property(anyAddress, (one) => {
        const nibbles = Buffer.from(one, 'latin1').toString('hex');
        expect(readReverseName(reverseName(fromOctets(one)))).toEqual({ size: one.length, nibbles });
        const parent = nameFromText(nameToText(reverseName(fromOctets(one))).replace(/^[^.]*\./, ''))!;
        expect(readReverseName(parent)).toEqual({ size: one.length, nibbles: nibbles.slice(0, one.length === 4 ? -2 : -1) });
      }),
    );
  });
});

it.each(['00.0.0.10.in-addr.arpa', '256.in-addr.arpa', 'x.ip6.arpa', '10.ip6.arpa', '1.1.1.1.1.in-addr.arpa', 'in-addr.test', 'arpa'])(
  '%s is no part of an address',
  (text) => {
    expect(readReverseName(nameFromText(text)!)).toBeUndefined();
  },
);

it.each([
  ['a', true],
  ['0-0', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  ['', false],
  ['-a', false],
  ['a-', false],
  ['a.b', false],
  ['a_b', false],
  ['A', false],
])('%j as a label: %s', (text, expected) => {
  expect(isLabel(text)).toBe(expected);
  expect(isPortName(text)).toBe(expected && text.length < 63);
});
