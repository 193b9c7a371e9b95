import { isMap, type Node } from 'yaml';
import { expect, test } from 'vitest';
import { parseYaml } from './yaml-text.ts';

test.each<[string, string, { line: number; message: string }[]]>([
  ['a key twice', 'a: 1\nb: 2\na: 3', [{ line: 3, message: '"a" stands twice' }]],
  ['a key twice in a map below', 'a:\n  b: 1\n  b: 2\nb: 1', [{ line: 3, message: '"b" stands twice' }]],
  ['a number and the text of it', 'a: {1: x, "1": y}', []],
  ['no YAML', 'a: 1\nb: "', [{ line: 2, message: 'Missing closing "quote' }]],
])('%s', (_, text, errors) => {
  expect(parseYaml(text).errors).toEqual(errors);
});

test('an alias stands for the last anchor of its name before it', () => {
  const { root, resolved } = parseYaml('a: &x 1\nb: *x\nc: &x 2\nd: *x\ne: *y\nf: &z [*z]');
  const values = isMap(root) ? root.items.map(({ value }) => resolved(value as Node | null)?.toJSON() as unknown) : [];
  expect(values.slice(0, 5)).toEqual([1, 1, 2, 2, undefined]);
});

test('the time grows with the length: 10,000 keys and as many aliases are read at once', () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `z${i}.test: ${i === 0 ? '&up [10.0.0.1]' : '*up'}`);
  const { root, errors, resolved } = parseYaml(keys.join('\n'));
  expect(errors).toEqual([]);
  const items = isMap(root) ? root.items : [];
  expect(items).toHaveLength(10_000);
  expect(resolved(items.at(-1)!.value as Node)).toBe(items[0]!.value);
});
