import { describe, expect, test } from 'vitest';
import { nameFromText } from './name.ts';
import { writeQuestion } from './question.ts';
import { likenessOf, questionEnd, randomizeCase, type Likeness } from './reply.ts';

const question = { name: nameFromText('www.example-1.test')!, type: 1, dnssecOk: false, checkingDisabled: false };
const asked = writeQuestion(question, 0x1234, 1232);

/** The query turned into a response, then changed by `change`. */
function reply(change: (octets: Buffer) => void): Buffer {
  const octets = Buffer.from(asked);
  octets[2] = 0x81;
  change(octets);
  return octets;
}

describe('likenessOf', () => {
  const end = questionEnd(asked);
  const cases: readonly [title: string, octets: Buffer, likeness: Likeness][] = [
    ['the reply', reply(() => undefined), 'reply'],
    ['another id', reply((octets) => (octets[1] = 0x35)), 'other'],
    ['another first octet of the id', reply((octets) => (octets[0] = 0x13)), 'other'],
    ['a query', reply((octets) => (octets[2] = 0x01)), 'other'],
    ['another opcode', reply((octets) => (octets[2] = 0xa0)), 'other'],
    ['another name', reply((octets) => (octets[13] = 0x78)), 'other'],
    ['another case', reply((octets) => (octets[13] = 0x57)), 'case'],
    ['another type', reply((octets) => (octets[end - 3] = 28)), 'other'],
    ['a class that differs by the bit that letters differ by', reply((octets) => (octets[end - 1] = 0x21)), 'other'],
    ['two questions', reply((octets) => (octets[5] = 2)), 'other'],
    ['cut short', reply(() => undefined).subarray(0, end - 1), 'other'],
    ['a header with an error', reply((octets) => ((octets[5] = 0), (octets[3] = 1))).subarray(0, 12), 'reply'],
    ['a header without one', reply((octets) => (octets[5] = 0)).subarray(0, 12), 'other'],
    ['nothing', Buffer.alloc(0), 'other'],
  ];
  test.each(cases)('%s', (_, octets, likeness) => {
    expect(likenessOf(octets, asked)).toBe(likeness);
  });
});

test('randomizeCase changes letters only, and each by a bit of its own', () => {
  const upper = Buffer.from(asked);
  randomizeCase(upper, () => 0xffff);
  expect(upper.subarray(12, questionEnd(asked)).toString('latin1')).toBe('\x03WWW\x09EXAMPLE-1\x04TEST\0\0\x01\0\x01');
  randomizeCase(upper, () => 0);
  expect(upper).toEqual(Buffer.from(asked));
  randomizeCase(upper, () => 0b0101_0101_0101_0101);
  expect(upper.subarray(13, 16).toString('latin1')).toBe('WwW');
});
