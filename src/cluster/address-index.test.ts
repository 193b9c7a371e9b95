import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AddressIndex } from './address-index.ts';
import { sizeOf } from './octets.ts';

const holders = [{}, {}, {}];
/** Few distinct octets, far apart in the address, so that addresses share long prefixes. */
const address = fc.oneof(
  fc.tuple(fc.constantFrom(10, 11), fc.constantFrom(0, 240), fc.nat(3), fc.nat(255)).map((octets) => String.fromCharCode(...octets)),
  fc
    .tuple(fc.constantFrom(0xfd, 0xfe), fc.constantFrom(0, 1), fc.nat(3), fc.nat(255))
    .map(([a, b, c, d]) => String.fromCharCode(a, 0, 0, 0, 0, 0, 0, b, 0, 0, 0, 0, 0, 0, c, d)),
);
const step = fc.record({ add: fc.boolean(), address, holder: fc.constantFrom(...holders) });
const hex = (octets: string): string => Buffer.from(octets, 'latin1').toString('hex');

test('any sequence of changes leaves what a map of sets holds, by address and by every prefix', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600, size: 'max' }), fc.array(address, { maxLength: 10 }), (steps, strangers) => {
      const index = new AddressIndex<object>();
      const model = new Map<string, Set<object>>();
      for (const { add, address: at, holder } of steps) {
        const held = model.get(at) ?? new Set();
        if (!add && !held.has(holder)) continue;
        if (add) {
          index.add(at + at, sizeOf(at), holder);
          held.add(holder);
        } else {
          index.remove(at, holder);
          held.delete(holder);
        }
        if (held.size > 0) model.set(at, held);
        else model.delete(at);
      }
      const known = [...model.keys()];
      for (const size of [4, 16] as const)
        expect([...index.addresses(size)].sort()).toEqual(known.filter((at) => at.length === size).sort());
      for (const [at, held] of model) expect(new Set(index.get(at))).toEqual(held);
      expect(index.hasIPv6).toBe(known.some((at) => at.length === 16));
      for (const at of [...known.slice(0, 10), ...strangers])
        for (let length = 0; length < at.length * 2; length += at.length === 4 ? 2 : 1) {
          const prefix = hex(at).slice(0, length);
          const expected = known.some((other) => other.length === at.length && hex(other).startsWith(prefix));
          expect(index.hasWithin(at.length === 4 ? 4 : 16, prefix)).toBe(expected);
        }
    }),
    { numRuns: 30 },
  );
});

test('a prefix of a large network costs a look at few addresses', () => {
  const index = new AddressIndex<object>();
  const own = (i: number): string => Buffer.from(`fd${'0'.repeat(24)}${i.toString(16).padStart(6, '0')}`, 'hex').toString('latin1');
  for (let i = 0; i < 20_000; i++) index.add(own(i), 16, holders[0]!);
  for (let i = 0; i < 20_000; i += 2) index.remove(own(i), holders[0]!);
  // Examining every address would take minutes.
  let found = 0;
  for (let i = 0; i < 100_000; i++) if (index.hasWithin(16, `fd${'0'.repeat(24)}f`)) found++;
  expect(found).toBe(0);
  expect(index.hasWithin(16, `fd${'0'.repeat(24)}0`)).toBe(true);
});
