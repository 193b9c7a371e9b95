import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from './address.ts';

describe('addresses', () => {
  test.each([
    ['10.0.0.1', '0a000001', '10.0.0.1'],
    ['::', '00000000000000000000000000000000', '::'],
    ['::1', '00000000000000000000000000000001', '::1'],
    ['2001:DB8::', '20010db8000000000000000000000000', '2001:db8::'],
    ['2001:db8:0:0:1:0:0:1', '20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['::ffff:10.1.2.3', '00000000000000000000ffff0a010203', '::ffff:a01:203'],
    ['1:2:3:4:5:6:1.2.3.4', '00010002000300040005000601020304', '1:2:3:4:5:6:102:304'],
  ])('%s', (text, hex, canonical) => {
    const octets = parseAddress(text)!;
    expect(Buffer.from(octets).toString('hex')).toBe(hex);
    expect(formatAddress(octets)).toBe(canonical);
  });

  test.each(['', '10.0.0', '10.0.0.256', '010.0.0.1', '1::2::3', 'fe80::1%eth0', '12345::', 'example', '10.0.0.1/8', ' 10.0.0.1'])(
    'refuses %j',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  test('text and octets are one (RFC 5952)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })), (octets) => {
        expect(parseAddress(formatAddress(octets))).toEqual(octets);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(formatAddress(parseAddress(text)!)).toBe(formatAddress(parseAddress(formatAddress(parseAddress(text)!))!));
      }),
    );
  });
});

test('what is an IPv4 address is what Node takes for one', () => {
  const nearly = fc.string({ unit: fc.constantFrom(...Array.from('0123456789..')), maxLength: 16 });
  const quad = fc.array(fc.nat(300), { minLength: 3, maxLength: 5 }).map((octets) => octets.join('.'));
  fc.assert(
    fc.property(fc.oneof(nearly, quad, fc.ipV4()), (text) => {
      const octets = parseAddress(text);
      expect(octets !== undefined).toBe(isIPv4(text));
      if (octets !== undefined) expect(formatAddress(octets)).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

test('what is an IPv6 address is what Node takes for one, without zones', () => {
  const nearly = fc.array(fc.oneof(fc.constantFrom('::', ':', '0', 'ffff', '12345', 'g', '1.2.3.4', '1.2.3', '%e'), fc.constant(':')), {
    maxLength: 18,
  });
  const groups = fc
    .array(fc.constantFrom('0', 'a1', 'FFFF', '', '10.0.0.1'), { minLength: 6, maxLength: 10 })
    .map((list) => list.join(':'));
  fc.assert(
    fc.property(
      fc.oneof(
        nearly.map((parts) => parts.join('')),
        groups,
        fc.ipV6(),
      ),
      (text) => {
        expect(parseAddress(text)?.length).toBe(isIPv6(text) && !text.includes('%') ? 16 : isIPv4(text) ? 4 : undefined);
      },
    ),
    { numRuns: 5000 },
  );
});
