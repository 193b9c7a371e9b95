/** The names of addresses below in-addr.arpa and ip6.arpa (RFC 1035 section 3.5, RFC 3596 section 2.5). */
import { nameFromLabels, nameFromText, type Name } from './name.ts';

/** `address`: 4 or 16 octets. */
export function reverseName(address: Uint8Array): Name {
  if (address.length === 4)
    return `${DECIMALS[address[3]!]}${DECIMALS[address[2]!]}${DECIMALS[address[1]!]}${DECIMALS[address[0]!]}${IN_ADDR}` as Name;
  return nameFromLabels(Array.from(Buffer.from(address).toString('hex')).reverse(), IP6)!;
}

/** The number of each octet as a label in wire form. */
const DECIMALS = Array.from({ length: 256 }, (_, octet) => `${String.fromCharCode(String(octet).length)}${octet}`);
const IN_ADDR = nameFromText('in-addr.arpa')!;
const IP6 = nameFromText('ip6.arpa')!;
