import { expect, test } from 'vitest';
import { formatAddress } from '../../src/wire/address.ts';
import { ownAddresses } from './zones-options.ts';

const machine = {
  lo: [{ address: '127.0.0.1' }, { address: '::1' }],
  eth0: [{ address: '192.0.2.53' }, { address: 'fd00::53' }, { address: 'fe80::1' }],
  // In IPVS mode it has the cluster IPs.
  'kube-ipvs0': [{ address: '10.96.0.1' }],
};

test.each<[listen: readonly string[], own: readonly string[], interfaces?: Parameters<typeof ownAddresses>[1]]>([
  [[''], ['192.0.2.53', 'fd00::53']],
  [[], ['192.0.2.53', 'fd00::53']],
  [['0.0.0.0'], ['192.0.2.53']],
  [['::'], ['fd00::53']],
  [[''], ['127.0.0.1', '::1'], { lo: machine.lo }],
  [
    ['169.254.20.10', '10.96.0.10'],
    ['169.254.20.10', '10.96.0.10'],
  ],
  [['127.0.0.1', '192.0.2.53'], ['192.0.2.53']],
  [['127.0.0.1'], ['127.0.0.1']],
  [['127.0.0.1', '::'], ['fd00::53']],
  [['192.0.2.53', '0.0.0.0'], ['192.0.2.53']],
])('listening at %j, own addresses are %j', (listen, own, interfaces = machine) => {
  const found = ownAddresses(
    listen.map((host) => ({ host, port: 53 })),
    interfaces,
  );
  expect(found.map(formatAddress)).toEqual(own);
});
