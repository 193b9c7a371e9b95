/** A and AAAA RRsets (RFC 1035 section 3.4.1, RFC 3596). */
import { Type } from '../wire/iana.ts';
import type { LazyRRset, RRset } from '../wire/records.ts';
import { lazily } from './lazily.ts';
import { addressesOf, fromOctets, type AddressSize, type Octets } from './octets.ts';
import type { EndpointGroup } from './update.ts';

/** Returns the RRsets of the addresses, each address once. */
export function addressRRsets(addresses: readonly Octets[], ttl: number): RRset[] {
  const unique = [...new Set(addresses)];
  return SIZES.flatMap((size) => {
    const rdata = unique.filter((address) => address.length === size).map(fromOctets);
    return rdata.length === 0 ? [] : [{ type: typeOf(size), ttl, rdata }];
  });
}

/** Returns the same for all endpoints, with records created as they are read. */
export function endpointAddressRRsets(groups: readonly EndpointGroup[], ttl: number): LazyRRset[] {
  return SIZES.flatMap((size) => {
    const ofSize = groups.filter(({ addressSize }) => addressSize === size);
    return ofSize.length === 0 ? [] : [{ type: typeOf(size), ttl, rdata: lazily(() => distinctAddresses(ofSize)) }];
  });
}

function* distinctAddresses(groups: readonly EndpointGroup[]): Generator<Uint8Array> {
  if (groups.length === 1) {
    yield* distinctOf(groups[0]!);
    return;
  }
  const seen = new Set<Octets>();
  for (const { addresses, addressSize } of groups)
    for (const address of addressesOf(addresses, addressSize)) {
      const { size } = seen;
      if (seen.add(address).size > size) yield fromOctets(address);
    }
}

/** A group is sorted: an address that it has twice is next to itself. */
function* distinctOf({ addresses, addressSize: size }: EndpointGroup): Generator<Uint8Array> {
  for (let at = 0; at < addresses.length; at += size) {
    const address = addresses.slice(at, at + size);
    if (at === 0 || !addresses.startsWith(address, at - size)) yield fromOctets(address);
  }
}

const SIZES: readonly AddressSize[] = [4, 16];
const typeOf = (size: AddressSize): number => (size === 4 ? Type.A : Type.AAAA);
