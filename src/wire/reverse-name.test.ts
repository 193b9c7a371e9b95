import { expect, test } from 'vitest';
import { parseAddress } from './address.ts';
import { nameToText } from './name.ts';
import { reverseName } from './reverse-name.ts';

test.each([
  ['10.0.200.1', '1.200.0.10.in-addr.arpa.'],
  ['2001:db8::af', `f.a.${'0.'.repeat(22)}8.b.d.0.1.0.0.2.ip6.arpa.`],
])('%s is %s', (address, expected) => expect(nameToText(reverseName(parseAddress(address)!))).toBe(expected));
