import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textAt } from './recent-texts.ts';

/** Few different octets, so that texts are read again, and others with their hash. */
const octets = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.array(fc.constantFrom(0x61, 0x62, 0xc3, 0xa9, 0xff), { maxLength: 4 }).map((octets) => Uint8Array.from(octets)),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => Buffer.from(text)),
);

test('any octets, read in any order, give the text that they are', () => {
  fc.assert(
    fc.property(fc.array(octets, { minLength: 1, maxLength: 50 }), (texts) => {
      const all = Buffer.concat(texts);
      let at = 0;
      for (const { length } of texts) {
        expect(textAt(all, at, at + length)).toBe(all.toString('utf8', at, at + length));
        at += length;
      }
    }),
  );
});

test('texts with one hash are told apart', () => {
  for (let round = 0; round < 2; round++)
    for (let i = 0; i < 5000; i++) {
      const text = `svc-${i}`;
      expect(textAt(Buffer.from(text), 0, text.length)).toBe(text);
    }
});

test('octets of Latin 1 are not the characters that they are the codes of', () => {
  // With each, another text may be in its place.
  for (let code = 0x80; code <= 0xff; code++)
    for (let i = 0; i < 100; i++) {
      const text = `${String.fromCharCode(code)}${i}`;
      const utf8 = Buffer.from(text);
      expect(textAt(utf8, 0, utf8.length)).toBe(text);
      const latin1 = Buffer.from(text, 'latin1');
      expect(textAt(latin1, 0, latin1.length)).toBe(latin1.toString('utf8'));
    }
});
