import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IPv4Map } from './ipv4-map.ts';

/** Few, so that networks become empty; the first bit is the sign of the number. */
const address = fc
  .tuple(fc.constantFrom(10, 192), fc.constantFrom(0, 255), fc.constantFrom(0, 1), fc.nat(5))
  .map(([a, b, c, d]) => (a << 24) | (b << 16) | (c << 8) | d);
const change = fc.tuple(address, fc.option(fc.constantFrom({}, {}), { nil: undefined }));

const hex = (address: number): string => (address >>> 0).toString(16).padStart(8, '0');

test('any sequence of changes leaves what a Map holds, and the octets that its addresses begin with', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200, size: 'max' }), fc.array(address, { maxLength: 5 }), (changes, others) => {
      const map = new IPv4Map<object>();
      const model = new Map<number, object>();
      for (const [at, value] of changes) {
        if (value === undefined) map.delete(at);
        else map.set(at, value);
        if (value === undefined) model.delete(at);
        else model.set(at, value);
      }
      expect(new Set(map.addresses())).toEqual(new Set(model.keys()));
      for (const at of [...others, ...changes.map(([changed]) => changed)]) {
        expect(map.get(at)).toBe(model.get(at));
        for (const length of [0, 2, 4, 6]) {
          const prefix = hex(at).slice(0, length);
          expect(map.hasWithin(prefix)).toBe([...model.keys()].some((known) => hex(known).startsWith(prefix)));
        }
      }
    }),
  );
});
