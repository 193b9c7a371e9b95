import { expect, test } from 'vitest';
import { suspicionOf } from './listing.ts';

test.each<[objects: number, version: string, says: string]>([
  [40, '101', ''],
  [20, '101', ''],
  [19, '101', 'it has 19 where 40 were known'],
  [0, '101', 'it is empty; 40 were known'],
  [40, '99', 'its version 99 is older than 100, which was seen before'],
  [1, '3', 'its version 3 is older than 100, which was seen before, and it has 1 where 40 were known'],
])('a list of %j objects at version %s, where 40 were known at 100', (objects, version, says) => {
  expect(suspicionOf(objects, version, { version: '100', objects: 40, neverEmpty: true })).toBe(says);
});
