import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareVersions, isOlder } from './resource-version.ts';

test('versions of digits compare as the numbers they are, beyond what a number holds', () => {
  const version = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(Math.sign(compareVersions(String(a), String(b))!)).toBe(a < b ? -1 : a > b ? 1 : 0);
    }),
  );
});

test.each(['', 'abc', '01', '1.5', '-1', ' 1'])('what is not digits (%j) is equal to itself and compares with nothing else', (odd) => {
  expect(compareVersions(odd, odd)).toBe(0);
  expect(compareVersions(odd, '1')).toBeUndefined();
  expect(isOlder(odd, '9')).toBe(false);
  expect(isOlder('9', odd)).toBe(false);
});
