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

test('values that JSON tells apart have values that differ', () => {
  const values = [
    [],
    '',
    { a: 'b' },
    { ab: '' },
    { a: ['b'] },
    ['a', 'b'],
    ['ab'],
    [['a'], 'b'],
    [['a', 'b']],
    { a: 1 },
    { b: 1 },
    { a: 12 },
    { a: '1' },
    { a: true },
    { a: 'true' },
    { a: null },
    { a: 'null' },
  ];
  const digests = values.map((value) => {
    const digest = new Digest();
    digest.set('key', value);
    return digest.value;
  });
  expect(new Set(digests).size).toBe(values.length);
});

test('a property that is undefined is as good as absent', () => {
  const [one, other] = [new Digest(), new Digest()];
  one.set('key', { a: undefined, b: 1 });
  other.set('key', { b: 1 });
  expect(one.value).toBe(other.value);
});

test('texts that differ little have values that differ', () => {
  const values = new Set<number>();
  const valueOf = (text: string): number => {
    const digest = new Digest();
    digest.add(text);
    return digest.value;
  };
  let texts = 0;
  for (let a = 0; a < 256; a++)
    for (let b = 0; b < 256; b++, texts++)
      values.add(valueOf(`{"key":"shop/web","addresses":"${String.fromCharCode(a)}\n${String.fromCharCode(b)}"}`));
  for (let i = 0; i < 50_000; i++, texts++) values.add(valueOf(`shop-${i % 100}/svc-${i}`));
  expect(values.size).toBe(texts);
  // Of 48 bits each is set in half of the values.
  for (let bit = 0; bit < 48; bit++) {
    const set = [...values].filter((value) => Math.floor(value / 2 ** bit) % 2 === 1).length;
    expect(Math.abs(set / texts - 0.5)).toBeLessThan(0.02);
  }
});
