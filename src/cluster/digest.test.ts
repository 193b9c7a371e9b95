import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Digest } from './digest.ts';

const key = fc.constantFrom('a', 'b', 'c');
const step = fc.oneof(fc.tuple(key, fc.option(fc.string({ maxLength: 3 }), { nil: undefined })));

test('depends on what is known last, not on what was before or in which order', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const digest = new Digest();
      for (const [key, text] of steps) digest.set(key, text);
      const fresh = new Digest();
      for (const [key, text] of new Map(steps.toSorted(([a], [b]) => (a < b ? 1 : a > b ? -1 : 0)))) fresh.set(key, text);
      expect(digest.value).toBe(fresh.value);
      for (const [key] of steps) digest.set(key, undefined);
      expect(digest.value).toBe(0);
    }),
  );
});

test('members are added and removed', () => {
  const digest = new Digest();
  digest.add('shop');
  const one = digest.value;
  expect(one).toBeGreaterThan(0);
  digest.add('ours');
  expect(digest.value).not.toBe(one);
  digest.remove('ours');
  expect(digest.value).toBe(one);
});
