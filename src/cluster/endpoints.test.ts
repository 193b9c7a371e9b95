import { expect, test } from 'vitest';
import { endpointLabelled, endpointsByLabel } from './endpoints.ts';
import { toOctets } from './octets.ts';
import type { EndpointGroup } from './update.ts';

const first = toOctets(Uint8Array.of(10, 0, 0, 2));
const second = toOctets(Uint8Array.of(10, 0, 1, 1));

test.each([
  { labels: ['', '10-0-0-2'], label: '10-0-0-2', addresses: [first, second] },
  { labels: ['10-0-1-1', ''], label: '10-0-1-1', addresses: [first, second] },
  { labels: ['a', 'a'], label: 'a', addresses: [first, second] },
  { labels: undefined, label: '10-0-1-1', addresses: [second] },
  { labels: ['a', 'b'], label: '10-0-0-2', addresses: undefined },
])('$label among $labels is the same asked for alone and made with all', ({ labels, label, addresses }) => {
  const groups = [{ addressSize: 4, addresses: first + second, labels, ports: [] } as unknown as EndpointGroup];
  expect(endpointLabelled(groups, label)?.addresses).toEqual(addresses);
  expect(endpointsByLabel(groups).get(label)?.addresses).toEqual(addresses);
});
