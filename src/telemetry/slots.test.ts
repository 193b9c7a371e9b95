import { expect, test } from 'vitest';
import { emptyAnswer, Source } from '../wire/answer.ts';
import { nameFromText } from '../wire/name.ts';
import { slotted } from './dimensions.ts';
import { Slots, slotsBlock, zoneFinder } from './slots.ts';

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

test.each([
  { name: 'web.default.svc.cluster.local', zone: 'cluster.local.' },
  { name: '1.0.0.10.in-addr.arpa', zone: '10.in-addr.arpa.' },
  { name: '1.0.0.11.in-addr.arpa', zone: 'in-addr.arpa.' },
  { name: 'www.example', zone: '.' },
  { name: 'www.example', of: 'cluster.local', zone: 'cluster.local.' },
  { name: '1.0.0.10.in-addr.arpa', of: 'in-addr.arpa', zone: 'in-addr.arpa.' },
])('an answer for $name, of the zone $of, is counted under $zone', ({ name, of, zone }) => {
  const slots = new Slots(slotsBlock());
  const find = zoneFinder(slots, ['cluster.local.', 'in-addr.arpa.', '10.in-addr.arpa.']);
  const answer = { ...emptyAnswer(0, Source.zone), zone: of === undefined ? undefined : nameFromText(of)! };
  expect(slots.names('zone')[find(nameFromText(name)!, answer)]).toBe(zone);
});
