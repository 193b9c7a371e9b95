import { expect, test } from 'vitest';
import { nameFromText, type Name } from '../wire/name.ts';
import { isBelowAny, SuffixMap, Suffixes, suffixSet } from './suffixes.ts';

const name = (text: string): Name => nameFromText(text)!;

test('every suffix of a name has its place, the root last', () => {
  const suffixes = new Suffixes().read(name('a.bc.test'));
  expect(suffixes.count).toBe(4);
  expect([...suffixes.offsets.subarray(0, 4)]).toEqual([0, 2, 5, 10]);
  const alone = new Suffixes().read(name('bc.test'));
  expect(alone.hashes[0]).toBe(suffixes.hashes[1]);
  expect(new Suffixes().read(name('.')).hashes[0]).toBe(suffixes.hashes[3]);
});

test('the longest suffix wins, and only at the borders of labels', () => {
  const map = new SuffixMap<string>();
  for (const text of ['test', 'a.test', 'c.b.a.test']) map.set(name(text), text);
  const longest = (text: string): string | undefined => map.longest(name(text), new Suffixes().read(name(text)));
  expect(longest('x.b.a.test')).toBe('a.test');
  expect(longest('x.c.b.a.test')).toBe('c.b.a.test');
  expect(longest('ba.test')).toBe('test');
  expect(longest('atest')).toBeUndefined();
  expect(longest('.')).toBeUndefined();
});

test('a set of names', () => {
  const set = suffixSet([name('corp.example')]);
  expect(isBelowAny(set, name('WWW.corp.example'))).toBe(true);
  expect(isBelowAny(set, name('corp.example'))).toBe(true);
  expect(isBelowAny(set, name('example'))).toBe(false);
  expect(isBelowAny(suffixSet([]), name('example'))).toBe(false);
});

test('the longest name there is', () => {
  const longest = name(Array.from({ length: 127 }, () => 'a').join('.'));
  expect(new Suffixes().read(longest).count).toBe(128);
});
