import { expect, test } from 'vitest';
import { parseManifest } from './manifest-text.ts';

const cases: [text: string, objects: unknown][] = [
  ['', []],
  ['---\n---\n', []],
  ['# nothing\n', []],
  ['a: &x { b: 1 }\nc: { <<: *x, d: 2 }', [{ object: { a: { b: 1 }, c: { b: 1, d: 2 } }, line: 1 }]],
  ['{"kind": "A"}', [{ object: { kind: 'A' }, line: 1 }]],
  [
    '[{"kind": "A"}, {"kind": "B"}]',
    [
      { object: { kind: 'A' }, line: 1 },
      { object: { kind: 'B' }, line: 1 },
    ],
  ],
  [
    '# c\n\nkind: A\n---\n\nkind: B\n',
    [
      { object: { kind: 'A' }, line: 3 },
      { object: { kind: 'B' }, line: 6 },
    ],
  ],
  ['kind: List\nitems: null', [{ object: { kind: 'List', items: null }, line: 1 }]],
  ['kind: List\nitems: [null, {kind: A}]', [{ object: { kind: 'A' }, line: 1 }]],
];
test.each(cases)('%j', (text, objects) => expect(parseManifest(text)).toEqual({ objects, problems: [] }));

test.each([
  ['just text', /^1: "just text" is no /],
  ['\n- 1\n', /^2: 1 is no /],
  ['kind: List\nitems: [yes]', /^1: "yes" is no /],
  ['{"kind": "A",\n "b": [}', /^2: /],
  ['a: *nobody', /^1: /],
  ['a: 1\n\tb: 2', /^2: /],
  ['kind: A\n---\n- b\nc: d\n---\nkind: B', /^4: /],
])('%j is wrong at %s', (text, problem) => {
  const { objects, problems } = parseManifest(text);
  expect(problems).toEqual([expect.stringMatching(problem)]);
  expect(objects.map(({ object }) => object.kind)).toEqual(text.startsWith('kind: A') ? ['A', 'B'] : []);
});

test('aliases that explode are refused, not expanded', () => {
  const levels = Array.from({ length: 12 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array(10).fill(`*l${level}`).join(',')}]`);
  expect(parseManifest(`l0: &l0 x\n${levels.join('\n')}`).problems).toEqual([expect.stringMatching(/^1: .*alias/i)]);
});

test.each([
  ['lists in lists', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['Lists in Lists', `${'{"kind":"List","items":['.repeat(20_000)}${']}'.repeat(20_000)}`],
])('%s, deeper than the stack, are a problem of their file', (_, text) => {
  expect(parseManifest(text)).toEqual({ objects: [], problems: [expect.stringMatching(/^1: cannot be read: /)] });
});
