import { describe, expect, test } from 'vitest';
import { encode } from 'dns-packet';
import { seeded } from '../fakes/seeded.ts';
import { mutated } from './mutate.ts';
import { seedsOf, targets } from './targets.ts';
import { checkResponse } from './valid-response.ts';

describe.each(targets.map((target) => [target.name, target] as const))('%s', (_, target) => {
  const seeds = seedsOf(target);

  test.each(seeds)('bears its seed %s', async (__, octets) => {
    await target.run(octets.slice());
  });

  test('bears a few hundred inputs made of them', async () => {
    const random = seeded(7);
    const octets = seeds.map(([, seed]) => seed);
    // `npm run fuzz` does the real fuzzing; this only keeps the targets working.
    for (let i = 0; i < 150; i++) await target.run(mutated(random, octets, target.words));
  });
});

describe('a response that is not valid is found', () => {
  const asked = encode({ type: 'query', id: 7, flags: 0x100, questions: [{ name: 'a.example', type: 'A' }] });
  const good = encode({
    type: 'response',
    id: 7,
    flags: 0x100,
    questions: [{ name: 'a.example', type: 'A' }],
    answers: [{ name: 'a.example', type: 'A', ttl: 1, data: '192.0.2.1' }],
  });
  const broken = (change: (octets: Buffer) => Buffer): (() => void) => {
    const octets = change(Buffer.from(good));
    return () => checkResponse(asked, octets, 512);
  };
  const at = (offset: number, value: number) => (octets: Buffer) => {
    octets[offset] = value;
    return octets;
  };

  test('the good one passes', () => {
    expect(broken((octets) => octets)).not.toThrow();
  });

  test.each<[string, (octets: Buffer) => Buffer]>([
    ['no header', (octets) => octets.subarray(0, 11)],
    ['too long', (octets) => Buffer.concat([octets, Buffer.alloc(512)])],
    ['another id', at(1, 8)],
    ['a query', at(2, 0x01)],
    ['another opcode', at(2, 0xa1)],
    ['another question', at(13, 0x62)],
    ['more records than there are', at(7, 2)],
    ['fewer', at(7, 0)],
    ['cut off', (octets) => octets.subarray(0, -1)],
    ['octets behind', (octets) => Buffer.concat([octets, Buffer.from([0])])],
    ['a pointer forwards', (octets) => Buffer.concat([octets.subarray(0, 27), Buffer.from([0xc0, 0x30]), octets.subarray(38)])],
    ['an address of three octets', (octets) => Buffer.concat([at(47, 3)(octets).subarray(0, -1)])],
  ])('%s', (_, change) => {
    expect(broken(change)).toThrow();
  });
});
