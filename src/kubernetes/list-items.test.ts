import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunks } from '../../test/fakes/chunks.ts';
import { createItemSplitter } from './list-items.ts';

function take(octets: Uint8Array, sizes: Iterator<number> = [octets.length].values()): { items: unknown[]; envelope: unknown } {
  const splitter = createItemSplitter();
  const items = chunks(octets, sizes).flatMap((chunk) => splitter.push(chunk));
  const envelope = splitter.envelope();
  return {
    items: items.map((octets) => JSON.parse(Buffer.from(octets).toString()) as unknown),
    envelope: envelope === undefined ? undefined : JSON.parse(envelope),
  };
}

test('any list, cut anywhere, indented or not, comes apart into its items and the rest', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
  const around = fc.dictionary(
    fc.string().filter((key) => key !== 'items'),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(
      around,
      fc.array(object),
      around,
      fc.constantFrom(0, 1, 2),
      fc.infiniteStream(fc.nat(7)),
      (before, items, after, indent, sizes) => {
        const body = JSON.stringify({ ...before, items, ...after }, undefined, indent);
        const expected = JSON.parse(JSON.stringify({ ...before, items: [], ...after })) as unknown;
        expect(take(Buffer.from(body), sizes)).toEqual({ items: JSON.parse(JSON.stringify(items)) as unknown, envelope: expected });
      },
    ),
  );
});

test('an inner field named items is no list', () => {
  const body = { metadata: { items: [{ a: 1 }] }, items: [{ items: [{ b: 2 }] }], kind: 'items' };
  expect(take(Buffer.from(JSON.stringify(body)))).toEqual({ items: [{ items: [{ b: 2 }] }], envelope: { ...body, items: [] } });
});

describe('a body that ended early has no envelope', () => {
  const body = '{"metadata":{"resourceVersion":"1"},"items":[{"a":1},{"b":2}]}';
  test.each(Array.from({ length: body.length }, (_, length) => length))('after %i octets', (length) => {
    expect(take(Buffer.from(body.slice(0, length))).envelope).toBeUndefined();
  });
});

test('a recorded page', () => {
  const text = readFileSync(new URL('../../test/fakes/api-server/recordings/list-page-1.txt', import.meta.url), 'utf8');
  const body = text.slice(text.indexOf('\n{'));
  const whole = JSON.parse(body) as { items: unknown[] };
  expect(take(Buffer.from(body))).toEqual({ items: whole.items, envelope: { ...whole, items: [] } });
});

test('what is no list is refused before it fills the memory', () => {
  const splitter = createItemSplitter();
  const chunk = new Uint8Array(1024 * 1024).fill(0x61);
  splitter.push(Buffer.from('{'));
  expect(() => {
    for (let i = 0; i < 10; i++) splitter.push(chunk);
  }).toThrow('more than 8388608 octets without an item');
});

test.each(['<html><body>Please log in</body></html>', 'null', '\n  Bad gateway'])('what is no object is shown: %j', (body) => {
  expect(() => createItemSplitter().push(Buffer.from(body))).toThrow(`the answer is no list of an API server: ${body.trim()}`);
});
