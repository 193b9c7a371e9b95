import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineSplitter } from './json-lines.ts';
import { chunks } from '../../test/fakes/chunks.ts';

test('any lines, cut anywhere, come out whole and in order', () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n') && text.isWellFormed());
  fc.assert(
    fc.property(fc.array(line), fc.infiniteStream(fc.nat(7)), (lines, sizes) => {
      const { push: split } = createLineSplitter();
      const octets = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      expect(chunks(octets, sizes).flatMap((chunk) => split(chunk).map((one) => Buffer.from(one).toString()))).toEqual(lines);
    }),
  );
});

test('an empty line is none, and a line without its end is not given', () => {
  expect(createLineSplitter().push(Buffer.from('\n\na\n\nb'))).toEqual([Buffer.from('a')]);
});

test('a line without end is refused before it fills the memory', () => {
  const { push: split } = createLineSplitter();
  const chunk = new Uint8Array(1024 * 1024).fill(0x61);
  expect(() => {
    for (let i = 0; i < 10; i++) split(chunk);
  }).toThrow('a line of more than 8388608 octets');
});
