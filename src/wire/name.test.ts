import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  firstLabel,
  isWithin,
  labelsOf,
  nameEnd,
  nameFromLabels,
  nameFromText,
  nameToText,
  nameToWire,
  parentOf,
  readName,
  ROOT,
  type Name,
} from './name.ts';

const name = (text: string): Name => nameFromText(text)!;
const octets = (...parts: (number | string)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part, 'latin1'))));

describe('nameFromText (RFC 1035 section 5.1)', () => {
  test.each([
    ['.', '\0', '.'],
    ['', '\0', '.'],
    ['Example.TEST', '\x07example\x04test\0', 'example.test.'],
    ['example.test.', '\x07example\x04test\0', 'example.test.'],
    ['a\\.b.c', '\x03a.b\x01c\0', 'a\\.b.c.'],
    ['\\065bc', '\x03abc\0', 'abc.'],
    ['\\255x', '\x02\xffx\0', '\\255x.'],
    ['_http._tcp.web', '\x05_http\x04_tcp\x03web\0', '_http._tcp.web.'],
    ['sp\\032ace', '\x06sp ace\0', 'sp\\032ace.'],
  ])('%j is %j', (text, wire, back) => {
    expect(nameFromText(text)).toBe(wire);
    expect(nameToText(wire as Name)).toBe(back);
  });

  test.each([
    '..',
    '.a',
    'a..b',
    `${'x'.repeat(64)}.test`,
    'a\\',
    'a\\999',
    'a\\1',
    'a\\12.test',
    'a\\\u00fc',
    '\u20ac.test',
    'b\u00fc.test',
    'abcdefg.'.repeat(32),
  ])('refuses %j', (text) => {
    expect(nameFromText(text)).toBeUndefined();
  });

  test('takes 255 octets and no more (RFC 1035 section 2.3.4)', () => {
    const label = 'x'.repeat(63);
    expect(nameFromLabels([label, label, label, 'y'.repeat(61)])).toHaveLength(255);
    expect(nameFromLabels([label, label, label, 'y'.repeat(62)])).toBeUndefined();
  });
});

test('relations of names', () => {
  expect(labelsOf(name('a.b.c'))).toEqual(['a', 'b', 'c']);
  expect(parentOf(name('a.b'))).toBe(name('b'));
  expect(parentOf(ROOT)).toBe(ROOT);
  expect(firstLabel(name('a.b'))).toBe('a');
  expect(firstLabel(ROOT)).toBe('');
});

describe('isWithin', () => {
  test.each([
    ['a.example.test', 'example.test', true],
    ['example.test', 'example.test', true],
    ['anything', '.', true],
    ['badexample.test', 'example.test', false],
    ['test', 'example.test', false],
  ])('%s in %s: %s', (inner, outer, expected) => {
    expect(isWithin(name(inner), name(outer))).toBe(expected);
  });

  test('a label that ends as the apex begins is not above it', () => {
    // The octet 3 inside a label looks like the length of "foo".
    expect(isWithin(nameFromLabels(['x\x03foo'])!, name('foo'))).toBe(false);
  });
});

test.each([
  ['a name', octets(3, 'foo', 0, 9), 0, 5],
  ['the root', octets(7, 0, 9), 1, 2],
  ['a label and a pointer', octets(3, 'foo', 0xc0, 0, 9), 0, 6],
  ['a name without its end', octets(1, 'a'), 0, 2],
  ['half a pointer', octets(0xc0), 0, 2],
  ['an offset past the end', octets(0), 4, 4],
])('nameEnd: %s', (_, message, at, end) => {
  expect(nameEnd(message, at)).toBe(end);
});

describe('readName (RFC 1035 section 4.1.4)', () => {
  test('follows pointers backwards and ends behind the first', () => {
    const message = octets(3, 'foo', 0, 3, 'BAR', 0xc0, 0, 99);
    expect(readName(message, 5)).toEqual({ name: name('bar.foo'), end: 11 });
  });

  test.each([
    ['a pointer to itself', octets(0xc0, 0), 0],
    ['a pointer forwards', octets(0xc0, 2, 0), 0],
    ['two pointers in a circle', octets(1, 'a', 0xc0, 4, 0xc0, 0), 4],
    ['a label past the end', octets(9, 'abc'), 0],
    ['no end', octets(1, 'a'), 0],
    ['an unassigned label type', octets(0x40, 0), 0],
    ['half a pointer', octets(0xc0), 0],
    ['an offset past the end', octets(0), 4],
  ])('refuses %s', (_, message, offset) => {
    expect(readName(message, offset)).toBeUndefined();
  });

  test('refuses a name longer than 255 octets made of pointers', () => {
    const label = octets(63, 'x'.repeat(63));
    const message = Buffer.concat([label, label, label, octets(0), label, label, octets(0xc0, 0)]);
    expect(readName(message, 193)).toBeUndefined();
  });

  test('refuses more pointers than any name needs', () => {
    // Each points to the one before it, the first to the name.
    const pointers = Array.from({ length: 128 }, (_, i) => (i === 0 ? 0 : 1 + 2 * i)).flatMap((to) => [0xc0 | (to >> 8), to & 0xff]);
    const long = Buffer.concat([octets(1, 'a', 0), Buffer.from(pointers)]);
    expect(readName(long, 3 + 2 * 126)?.name).toBe(name('a'));
    expect(readName(long, 3 + 2 * 127)).toBeUndefined();
  });

  test('reads back what was written, in any case, and never throws', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(fc.array(label, { maxLength: 8 }), (labels) => {
        const made = nameFromLabels(labels)!;
        expect(readName(nameToWire(made), 0)).toEqual({ name: made, end: made.length });
        expect(nameFromText(nameToText(made))).toBe(made);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(310), (bytes, offset) => {
        const found = readName(bytes, offset);
        if (found !== undefined) expect(found.name.length).toBeLessThanOrEqual(255);
      }),
    );
  });
});
