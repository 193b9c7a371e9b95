import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf, durationBounds, durationBucket, programmingBounds, sizeBounds, sizeBucket } from './buckets.ts';

/** The bounds in ms, exactly. */
const bounds = durationBounds.map((_, k) => 2 ** (k - 9));

test('the bounds are those of the field', () => {
  expect(durationBounds.map((bound) => (bound * 1000).toFixed(9))).toEqual(bounds.map((bound) => bound.toFixed(9)));
  expect(durationBounds.slice(7)).toEqual([...Array(16).keys()].map((k) => 0.00025 * 2 ** k));
  expect(durationBounds.at(-1)).toBe(8.192);
  expect(programmingBounds.at(-1)).toBeCloseTo(524.288);
  expect(sizeBounds).toContain(8291);
});

test('a duration is in the first bucket that is not below it', () => {
  const milliseconds = fc.oneof(fc.double({ min: 0, max: 20_000, noNaN: true }), fc.constantFrom(...bounds));
  fc.assert(fc.property(milliseconds, (ms) => durationBucket(ms) === bucketOf(bounds, ms)));
  expect(durationBucket(1e300)).toBe(bounds.length);
});

test('a size is in the first bucket that is not below it', () => {
  for (let octets = 0; octets <= 65_535; octets++) expect(sizeBucket(octets)).toBe(bucketOf(sizeBounds, octets));
});
