/** Whether an upstream is this server itself: then asking it would go round in a circle. */
import { networkInterfaces } from 'node:os';
import { parseAddress } from '../wire/address.ts';
import type { Endpoint } from './endpoint.ts';

/** `host` is an IP address without brackets, or '' for every address. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `local` are the machine's own addresses. */
export function isOurselves(endpoint: Endpoint, listening: readonly ListenAddress[], local: readonly string[] = localAddresses()): boolean {
  const address = canonical(endpoint.host);
  if (address === undefined) return false;
  const isLocal = address.startsWith('7f') && address.length === 8;
  return listening.some(({ host, port }) => {
    if (port !== endpoint.port) return false;
    const everywhere = host === '' || host === '0.0.0.0' || host === '::';
    return everywhere ? isLocal || local.some((own) => canonical(own) === address) : canonical(host) === address;
  });
}

function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? []);
}

/** Octets in hexadecimal, so that every spelling of an address is one. */
function canonical(address: string): string | undefined {
  const octets = parseAddress(address);
  return octets && Buffer.from(octets).toString('hex');
}
