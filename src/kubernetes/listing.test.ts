import { describe, expect, test } from 'vitest';
import type { Service } from '../cluster/model.ts';
import type { Fields } from './fields.ts';
import { Held } from './held.ts';
import { gatherListing } from './listing.ts';
import { namespaces } from './namespace.ts';
import { services } from './service.ts';

const object = (name: string, resourceVersion: string, uid = 'u'): Fields => ({
  metadata: { name, uid, resourceVersion },
});

type Step = readonly ['add' | 'remove', name: string, resourceVersion: string, uid?: string];

describe('a list with what happens while it comes', () => {
  const cases: [what: string, steps: Step[], expected: string[]][] = [
    [
      'a change after the object',
      [
        ['add', 'a', '5'],
        ['add', 'a', '7'],
      ],
      ['a 7'],
    ],
    [
      'an older state told again after a newer one',
      [
        ['add', 'a', '7'],
        ['add', 'a', '5'],
      ],
      ['a 7'],
    ],
    [
      'a deletion after the object',
      [
        ['add', 'a', '5'],
        ['remove', 'a', '8'],
      ],
      [],
    ],
    [
      'a deletion, and the object told again',
      [
        ['add', 'a', '5'],
        ['remove', 'a', '8'],
        ['add', 'a', '5'],
      ],
      [],
    ],
    [
      'a deletion, and a successor',
      [
        ['add', 'a', '5'],
        ['remove', 'a', '8'],
        ['add', 'a', '9', 'v'],
      ],
      ['a 9'],
    ],
    [
      'a successor, and its predecessor’s deletion after it',
      [
        ['add', 'a', '9', 'v'],
        ['remove', 'a', '8'],
      ],
      ['a 9'],
    ],
    [
      'versions longer than a double is exact',
      [
        ['add', 'a', '9007199254740993'],
        ['add', 'a', '9007199254740992'],
      ],
      ['a 9007199254740993'],
    ],
    [
      'versions that do not compare',
      [
        ['add', 'a', 'y'],
        ['add', 'a', 'x'],
      ],
      ['a x'],
    ],
  ];
  test.each(cases)('%s', (_what, steps, expected) => {
    const listing = gatherListing(namespaces, new Held(), { invalid: () => undefined, leftOut: () => undefined });
    for (const [act, name, resourceVersion, uid] of steps) listing[act](object(name, resourceVersion, uid));
    expect([...listing.items.values()].map(({ name, resourceVersion }) => `${name} ${resourceVersion}`)).toEqual(expected);
  });
});

test('of an object that becomes invalid while its list comes, the value just listed stays, not the older one that is held', () => {
  const service = (resourceVersion: string, clusterIP: string): Fields => ({
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion },
    spec: { clusterIP },
  });
  const held = new Held<Service>();
  const gather = () => gatherListing(services, held, { invalid: () => undefined, leftOut: () => undefined });
  const before = gather();
  before.add(service('3', '10.0.0.3'));
  held.replace(before, '3');
  const listing = gather();
  listing.add(service('5', '10.0.0.5'));
  listing.add(service('7', 'nowhere'));
  expect(listing.items.get('shop/web')?.resourceVersion).toBe('5');
  expect(listing.aside.get('shop/web')?.resourceVersion).toBe('7');
});
