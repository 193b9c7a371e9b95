/** Detects an upstream address that is this server itself: asking it would loop. */
import { parseAddress } from '../wire/address.ts';
import type { Endpoint } from './endpoint.ts';
import { machineInterfaces } from './interfaces.ts';

/** `host` is an IP address without brackets, or '' for every address. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `local` are the machine's own addresses. */
export function isOurselves(endpoint: Endpoint, listening: readonly ListenAddress[], local: readonly string[]): boolean {
  const address = canonical(endpoint.host);
  if (address === undefined) return false;
  // Packets to the unspecified address go to this machine.
  const isLocal = (address.startsWith('7f') && address.length === 8) || isUnspecified(address);
  return listening.some(({ host, port }) => {
    if (port !== endpoint.port) return false;
    const own = canonical(host);
    const everywhere = own === undefined || isUnspecified(own);
    return everywhere ? isLocal || local.some((one) => canonical(one) === address) : own === address;
  });
}

/** The machine's own addresses. A node has an interface for each pod, and to list them takes milliseconds: call it once for all upstreams. */
export function localAddresses(): string[] {
  return Object.values(machineInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? []);
}

function isUnspecified(address: string): boolean {
  return /^0+$/.test(address);
}

/** Octets in hexadecimal: one form for every spelling of an address, IPv4-mapped ones included (RFC 4291 section 2.5.5.2). */
function canonical(address: string): string | undefined {
  const octets = parseAddress(address);
  return (
    octets &&
    Buffer.from(octets)
      .toString('hex')
      .replace(/^0{20}ffff/, '')
  );
}
