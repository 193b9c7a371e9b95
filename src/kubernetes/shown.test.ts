import { expect, test } from 'vitest';
import { shown } from './shown.ts';

test.each([
  [Buffer.from('<html>\n<title>Sign in</title>'), '<html>\n<title>Sign in</title>'],
  [Buffer.from('x'.repeat(100)), 'x'.repeat(80)],
  [Buffer.from([0, 0, 1, 0xff]), '000001ff (hexadecimal)'],
  [Buffer.alloc(100), `${'0'.repeat(80)} (hexadecimal)`],
])('%s', (octets, expected) => expect(shown(octets)).toBe(expected));
