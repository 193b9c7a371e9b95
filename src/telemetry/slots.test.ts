import { expect, test } from 'vitest';
import { slotted } from './dimensions.ts';
import { Slots, slotsBlock } from './slots.ts';

test('each name has a slot of its own, seen by every thread, until all are taken: the others share the last', () => {
  const block = slotsBlock();
  const [one, another] = [new Slots(block), new Slots(block)];
  const urls = Array.from({ length: slotted.upstream + 5 }, (_, i) => `udp://192.0.2.${i}:53`);
  const own = slotted.upstream - 1;
  expect(urls.map((url, i) => (i % 2 === 0 ? one : another).of('upstream', url))).toEqual(urls.map((_, i) => Math.min(i, own)));
  for (const slots of [one, another]) {
    expect(slots.names('upstream')).toEqual([...urls.slice(0, own), 'other']);
    expect(slots.of('upstream', urls[3]!)).toBe(3);
  }
  expect(one.names('zone')).toEqual([]);
});

test('a name that is too long is cut, and leaves its neighbours whole', () => {
  const slots = new Slots(slotsBlock());
  const long = `https://dns.example/${'a'.repeat(300)}`;
  expect(['/first', long, '/last', long, `${long}b`].map((name) => slots.of('list', name))).toEqual([0, 1, 2, 1, 1]);
  expect(slots.names('list')).toEqual(['/first', long.slice(0, 252), '/last']);
});
