/** An index from addresses to their holders, which also tells whether any address has a given prefix; the reverse zones are built on it. */
import { IPv4Map } from './ipv4-map.ts';
import { IPv6Map } from './ipv6-map.ts';
import { addressesOf, fromIPv4, ipv4At, type AddressSize, type Octets } from './octets.ts';

/** Most addresses have one holder, which needs no array. */
type Holders<T> = T | readonly T[];

/**
 * Holders are compared by identity and must not be arrays. IPv4 addresses are numbers here: V8 would keep each string that is a key as an object and in
 * its table of strings besides, which took a sixth of a serving thread's start with 150,000 endpoints.
 */
export class AddressIndex<T extends object> {
  readonly #ipv4 = new IPv4Map<Holders<T>>();
  readonly #ipv6 = new IPv6Map<Holders<T>>();

  get hasIPv6(): boolean {
    return !this.#ipv6.isEmpty;
  }

  get(address: Octets): readonly T[] {
    const holders = address.length === 4 ? this.#ipv4.get(ipv4At(address, 0)) : this.#ipv6.get(address);
    if (holders === undefined) return [];
    return isList(holders) ? holders : [holders];
  }

  /** Adds `holder` to each address in `addresses`, of `size` octets each. Those that it has already, it keeps. */
  add(addresses: Octets, size: AddressSize, holder: T): void {
    if (size === 4) for (let at = 0; at < addresses.length; at += 4) addTo(this.#ipv4, ipv4At(addresses, at), holder);
    else for (const address of addressesOf(addresses, size)) addTo(this.#ipv6, address, holder);
  }

  remove(address: Octets, holder: T): void {
    if (address.length === 4) removeFrom(this.#ipv4, ipv4At(address, 0), holder);
    else removeFrom(this.#ipv6, address, holder);
  }

  /** Reports whether an address of `size` octets begins with `nibbles`, hexadecimal digits: less than a whole address, and for IPv4 two an octet. */
  hasWithin(size: AddressSize, nibbles: string): boolean {
    return (size === 4 ? this.#ipv4 : this.#ipv6).hasWithin(nibbles);
  }

  /** Yields every address of `size` octets. */
  *addresses(size: AddressSize): Generator<Octets> {
    if (size === 16) yield* this.#ipv6.addresses();
    else for (const address of this.#ipv4.addresses()) yield fromIPv4(address);
  }
}

interface HoldersAt<K, T> {
  get(address: K): Holders<T> | undefined;
  set(address: K, holders: Holders<T>): void;
  delete(address: K): void;
}

function addTo<K, T extends object>(map: HoldersAt<K, T>, address: K, holder: T): void {
  const others = map.get(address);
  if (others === undefined) map.set(address, holder);
  else if (!isList(others)) {
    if (others !== holder) map.set(address, [others, holder]);
  } else if (!others.includes(holder)) map.set(address, [...others, holder]);
}

function removeFrom<K, T extends object>(map: HoldersAt<K, T>, address: K, holder: T): void {
  const before = map.get(address);
  if (before === holder) map.delete(address);
  else if (before !== undefined && isList(before)) {
    const others = before.filter((other) => other !== holder);
    map.set(address, others.length === 1 ? others[0]! : others);
  }
}

function isList<T>(holders: Holders<T>): holders is readonly T[] {
  return Array.isArray(holders);
}
