import { describe, expect, test } from 'vitest';
import type { Fields } from './fields.ts';
import { Held } from './held.ts';
import { gatherListing } from './listing.ts';
import { namespaces } from './namespace.ts';

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
