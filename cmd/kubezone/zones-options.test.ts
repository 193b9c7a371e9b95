import { expect, test } from 'vitest';
import { formatAddress } from '../../src/wire/address.ts';
import { reachableAddresses } from './zones-options.ts';

const loopback = { lo: [{ address: '127.0.0.1', internal: true }] };
const outside = (...addresses: string[]): { address: string; internal: boolean }[] =>
  addresses.map((address) => ({ address, internal: false }));

test.each([
  ['of the outside', { ...loopback, eth0: outside('192.0.2.53', 'fd00::53', 'fe80::1') }, ['192.0.2.53', 'fd00::53']],
  [
    'without the cluster IPs that IPVS puts on the host',
    { eth0: outside('192.0.2.53'), 'kube-ipvs0': outside('10.96.0.1') },
    ['192.0.2.53'],
  ],
  ['loopback where there is nothing else', { ...loopback, 'kube-ipvs0': outside('10.96.0.1') }, ['127.0.0.1']],
])('own addresses: %s', (_, interfaces, expected) => {
  expect(reachableAddresses(interfaces).map(formatAddress)).toEqual(expected);
});
