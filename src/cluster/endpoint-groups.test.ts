import fc from 'fast-check';
import { expect, test } from 'vitest';
import { slice } from '../../test/fakes/slim.ts';
import { formatAddress } from '../wire/address.ts';
import { groupEndpoints } from './endpoint-groups.ts';
import { addressesOf, fromIPv4, fromOctets, type Octets } from './octets.ts';

/** From a few endpoints to more than are sorted by insertion; the first bit is the sign of the number. */
const endpoint = fc.record({ address: fc.integer({ min: -50, max: 50 }).map(fromIPv4), isReady: fc.boolean() });
const endpoints = fc.oneof(fc.array(endpoint, { maxLength: 5 }), fc.array(endpoint, { maxLength: 80, size: 'max' }));

type Endpoint = { readonly address: Octets; readonly isReady: boolean };
const written = ({ address, isReady }: Endpoint): string => `${isReady ? '' : '!'}${formatAddress(fromOctets(address))}`;

test('IPv4 endpoints of any slices are one group, sorted, each address once, those that are not ready where they are published', () => {
  fc.assert(
    fc.property(fc.array(endpoints, { minLength: 1, maxLength: 3 }), fc.boolean(), (slices, notReadyToo) => {
      const shown = slices.flat().filter(({ isReady }) => isReady || notReadyToo);
      const expected = [...new Set(shown.map(({ address }) => address))].sort();
      const groups = groupEndpoints(
        slices.map((list) => slice('shop/web', list.map(written))),
        notReadyToo,
        () => {},
      );
      expect(groups.length).toBe(Math.min(1, expected.length));
      expect([...addressesOf(groups[0]?.addresses ?? '', 4)]).toEqual(expected);
    }),
  );
});
