/** Whether a connection comes from this machine. */
import { BlockList, type Socket } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** True for a client at a loopback address, or at the very address it connected to, as one in the host's network is. */
export function isLocal({ remoteAddress, localAddress }: Pick<Socket, 'remoteAddress' | 'localAddress'>): boolean {
  if (remoteAddress === undefined) return false;
  const address = remoteAddress.replace(/^::ffff:/, '');
  return remoteAddress === localAddress || loopback.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
