import { expect, test } from 'vitest';
import { editDistance } from './edit-distance.ts';

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['', 'ab', 2],
  ['ttl', 'tll', 1],
  ['pods', 'podz', 1],
  ['podS', 'podSs', 1],
  ['abcd', 'abdc', 1],
  ['kitten', 'sitting', 3],
])('from %j to %j: %i', (from, to, distance) => {
  expect(editDistance(from, to)).toBe(distance);
  expect(editDistance(to, from)).toBe(distance);
});
