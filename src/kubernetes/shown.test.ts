import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shown } from './shown.ts';

test.each([
  [Buffer.from('<html>\n<title>Sign in</title>'), '<html>\n<title>Sign in</title>'],
  [Buffer.from('x'.repeat(100)), 'x'.repeat(80)],
  [Buffer.from(`Zugang größer${'x'.repeat(63)}üü`), `Zugang größer${'x'.repeat(63)}ü`],
  [Buffer.from([0, 0, 1, 0xff]), '000001ff (hexadecimal)'],
  [Buffer.alloc(100), `${'0'.repeat(80)} (hexadecimal)`],
])('%s', (octets, expected) => expect(shown(octets)).toBe(expected));

test('any octets are shown, on one screen line and without control characters', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (octets) => {
      expect(shown(octets)).toMatch(/^(?:[\t\r\n]|\P{Cc}){1,94}$/u);
    }),
  );
});
