import { expect, test } from 'vitest';
import { suspicionOf } from './listing.ts';

test.each<[objects: number, version: string, known: number, neverEmpty: boolean, says: string]>([
  [40, '101', 40, true, ''],
  [20, '101', 40, true, ''],
  [19, '101', 40, true, 'it has 19 where 40 were known'],
  [0, '101', 40, true, 'it is empty; 40 were known'],
  [0, '101', 1, false, 'it is empty; 1 were known'],
  [0, '101', 0, true, 'it is empty; 0 were known'],
  [0, '101', 0, false, ''],
  [40, '99', 40, true, 'its version 99 is older than 100, which was seen before'],
  [1, '3', 40, true, 'its version 3 is older than 100, which was seen before, and it has 1 where 40 were known'],
])('a list of %i objects at version %s, where %i were known at 100; never empty: %s', (objects, version, known, neverEmpty, says) => {
  expect(suspicionOf(objects, version, { version: '100', objects: known, neverEmpty })).toBe(says);
});
