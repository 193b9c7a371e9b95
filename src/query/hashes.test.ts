/** Keyed hashes: what collides under one key does not under others, else an attacker could choose it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameFromText, type Name } from '../wire/name.ts';
import { hashName, hashPrefix } from './hashes.ts';

const KEYS = Array.from({ length: 20_000 }, (_, index) => Math.imul(index + 1, 0x9e3779b1));
const name = (text: string): Name => nameFromText(text)!;

/** Pairs that had the same hash under one key in 70 while each octet was only multiplied in. */
test.each([
  ['n112789.test', 'n349192.test'],
  ['n112788.test', 'n349193.test'],
])('%s and %s have the same hash under hardly any key', (one, other) => {
  expect(KEYS.filter((key) => hashName(name(one), key) === hashName(name(other), key)).length).toBeLessThan(2);
});

test('names found to collide under one key differ under the others', () => {
  const byHash = new Map<number, Name>();
  let pairs = 0;
  for (let i = 0; pairs < 3 && i < 1_000_000; i++) {
    const one = name(`n${i}.example.test`);
    const hash = hashName(one, 7);
    const other = byHash.get(hash);
    byHash.set(hash, one);
    if (other === undefined) continue;
    pairs++;
    expect(KEYS.filter((key) => hashName(one, key) === hashName(other, key)).length).toBeLessThan(2);
  }
  expect(pairs).toBe(3);
});

test('a prefix hashes the same whatever follows it, and differently by its length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.integer({ min: 0, max: 128 }), fc.integer(), (address, bits, key) => {
      const other = address.slice();
      for (let bit = bits; bit < 128; bit++) other[bit >> 3]! ^= 0x80 >> (bit & 7);
      expect(hashPrefix(other, bits, key)).toBe(hashPrefix(address, bits, key));
    }),
  );
  expect(hashPrefix(Uint8Array.of(10, 0, 0, 1), 24, 1)).not.toBe(hashPrefix(Uint8Array.of(10, 0, 0, 1), 32, 1));
});
