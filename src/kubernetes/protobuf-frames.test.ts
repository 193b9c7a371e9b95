import { describe, expect, test } from 'vitest';
import { text, message } from './protobuf.ts';
import { createEventSplitter, createListSplitter, type ListSplitter } from './protobuf-frames.ts';

const META = message({ resourceVersion: text(2) });
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
/** The magic, TypeMeta, and `raw` with so many octets. */
const HEAD = '6b387300 0a 00 12';

function pushed(...digits: string[]): { splitter: ListSplitter; items: string[] } {
  const splitter = createListSplitter();
  const items = digits.flatMap((some) => splitter.push(hex(some)).map((item) => Buffer.from(item).toString('hex')));
  return { splitter, items };
}

describe('a list', () => {
  const whole = `${HEAD} 08 0a03120137 1201ff 1a00 2200`;

  test('has items and metadata', () => {
    const { splitter, items } = pushed(whole);
    expect([items, splitter.metadata(META)]).toEqual([['ff'], { resourceVersion: '7' }]);
  });

  test('may have its metadata last, and a field of another number, which is no item', () => {
    const { splitter, items } = pushed(`${HEAD} 0b 1201ff 1a01ee 0a03120137`);
    expect([items, splitter.metadata(META)]).toEqual([['ff'], { resourceVersion: '7' }]);
  });

  test('is over at its end: what comes after it is neither item nor another list', () => {
    const { splitter, items } = pushed(`${whole} 12 03 1201ee`);
    expect([items, splitter.metadata(META)]).toEqual([['ff'], { resourceVersion: '7' }]);
  });

  test('is not complete in the middle of what comes after it', () => {
    expect(pushed(`${whole} 1a 05 00`).splitter.metadata(META)).toBeUndefined();
  });

  test('is not complete without its octets, or without any', () => {
    expect(pushed(`${HEAD} 08 0a03120137`).splitter.metadata(META)).toBeUndefined();
    expect(pushed('6b387300 0a 00').splitter.metadata(META)).toBeUndefined();
    expect(pushed('').splitter.metadata(META)).toBeUndefined();
  });

  const bad: [what: string, octets: string, problem: string][] = [
    ['another beginning', `6b387301 0a 00 12 00`, 'does not begin with k8s but with 6b387301'],
    ['an item longer than the list', `${HEAD} 02 12 03 aabbcc`, 'an item is longer than the list'],
    ['a field that is a number', `${HEAD} 02 08 01`, 'a field with the tag 8'],
    ['a field number beyond 15', `${HEAD} 03 82 01 00`, 'a field with the tag 130'],
    ['a list beyond 2 GiB', `${HEAD} ff ff ff ff 0f`, 'a field of 4294967295 octets'],
    ['a length without end', `${HEAD} ${'80'.repeat(6)}`, 'a field of 0 octets'],
    ['an item beyond 8 MiB', `${HEAD} ff ff ff 7f 12 ff ff ff 7e`, 'nothing that an API server sends is 266338308 octets long'],
  ];
  test.each(bad)('%s is a Problem', (_what, octets, problem) => expect(() => pushed(octets)).toThrow(problem));
});

test('an event without octets completes at its length', () => {
  const splitter = createEventSplitter();
  expect(splitter.push(hex('00000000')).map(({ length }) => length)).toEqual([0]);
  expect(splitter.isWhole()).toBe(true);
});
