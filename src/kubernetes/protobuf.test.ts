import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { message as write, type Fields as Table } from '../../test/fakes/api-server/protobuf.ts';
import { Problem } from './fields.ts';
import { decode, each, flag, integer, message, one, some, text, texts } from './protobuf.ts';

const inner = message({ a: text(1), n: integer(2) });
const outer = message({
  word: text(1),
  words: texts(2),
  count: integer(3),
  yes: flag(4),
  in: one(5, inner),
  ins: each(6, inner),
  labels: some(7, 'app', 'tier'),
  last: text(16),
});

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

describe('a message', () => {
  const cases: [what: string, octets: string, expected: unknown][] = [
    ['nothing', '', {}],
    ['a text', '0a 02 c3bc', { word: 'ü' }],
    ['the last of two', '0a 01 61 0a 01 62', { word: 'b' }],
    ['texts', '12 01 61 12 00 12 01 62', { words: ['a', '', 'b'] }],
    ['a number', '18 ac 02', { count: 300 }],
    ['32 bits', '18 ff ff ff ff 07', { count: 2_147_483_647 }],
    ['a number beyond 32 bits', '18 80 80 80 80 80 01', { count: 2 ** 35 }],
    ['-1, as ten octets', '18 ff ff ff ff ff ff ff ff ff 01', { count: -1 }],
    ['a flag', '20 01', { yes: true }],
    ['a flag that is off', '20 00', { yes: false }],
    ['a message', '2a 05 0a 01 61 10 07', { in: { a: 'a', n: 7 } }],
    ['messages', '32 00 32 02 10 07', { ins: [{}, { n: 7 }] }],
    ['of a map the keys that are named', '3a 0a 0a 03 617070 12 03 776562 3a 05 0a 01 78 12 00', { labels: { app: 'web' } }],
    ['both keys that are named', '3a 09 0a 03 617070 12 02 6869 3a 0a 0a 04 74696572 12 02 6869', { labels: { app: 'hi', tier: 'hi' } }],
    ['a map without such keys', '3a 05 0a 01 78 12 00', {}],
    ['a key without a value', '3a 05 0a 03 617070', { labels: { app: '' } }],
    ['a tag of two octets', '82 01 02 6869', { last: 'hi' }],
    ['what is not named, of each wire type', '98 06 05 91 06 0102030405060708 95 06 01020304 9a 06 01 ff 0a 00', { word: '' }],
    ['a named field of another wire type', '08 05 0a 01 61', { word: 'a' }],
  ];
  test.each(cases)('%s', (_what, octets, expected) => expect(decode(hex(octets), outer)).toEqual(expected));

  const bad: [what: string, octets: string, problem: string][] = [
    ['a text that is cut', '0a 02 61', 'ends too early'],
    ['a tag without more', '0a', 'ends too early'],
    ['a number that is cut', '18 ff', 'ends too early'],
    ['a number without end', `18 ${'ff '.repeat(10)} 01`, 'longer than ten octets'],
    ['a message longer than what contains it', '2a 02 0a 05 61 61 61 61 61', 'ends too early'],
    ['a number that crosses the end of its message', '2a 02 10 ff 01', 'ends too early'],
    ['a fixed number that is cut', '91 06 01', 'ends too early'],
    ['a group', '9b 06', 'wire type 3'],
    ['a length beyond any', '0a ff ff ff ff ff ff ff ff 7f', 'ends too early'],
    // Taken as it is, it would lead one octet back, to what reads as a fixed number.
    ['a negative length', `0a ff ff ff ff ff ff ff ff ff 01 ${'00'.repeat(8)}`, 'ends too early'],
  ];
  test.each(bad)('%s is a Problem', (_what, octets, problem) => expect(() => decode(hex(octets), outer)).toThrow(problem));
});

test('a key that objects have by nature is only a key', () => {
  const octets = hex('3a 0f 0a 09 5f5f70726f746f5f5f 12 02 6869');
  const decoded = decode(octets, message({ labels: some(7, '__proto__') }));
  expect(Object.entries(decoded.labels as object)).toEqual([['__proto__', 'hi']]);
});

test('what another encoder wrote is read back', () => {
  const inner: Table = { a: [1, 'string'], n: [2, 'integer'] };
  const table: Table = {
    word: [1, 'string'],
    words: [2, 'string'],
    count: [3, 'integer'],
    yes: [4, 'boolean'],
    in: [5, inner],
    ins: [6, inner],
  };
  const innerObject = fc.record({ a: fc.string({ unit: 'grapheme' }), n: fc.integer() }, { requiredKeys: [] });
  const some = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { minLength: 1, maxLength: 5 });
  const object = fc.record(
    {
      word: fc.string({ unit: 'grapheme' }),
      words: some(fc.string()),
      count: fc.integer(),
      yes: fc.boolean(),
      in: innerObject,
      ins: some(innerObject),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  fc.assert(
    fc.property(object, (given) => {
      expect(decode(write(given, table), outer)).toEqual(JSON.parse(JSON.stringify(given)));
    }),
  );
});

test('any octets are read or are a Problem', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
      try {
        decode(octets, outer);
      } catch (error) {
        expect(error).toBeInstanceOf(Problem);
      }
    }),
    { numRuns: 2_000 },
  );
});
