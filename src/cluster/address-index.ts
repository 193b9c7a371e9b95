/** Who has an address, and whether anyone has one below a prefix: what the reverse zones are made of. */
import type { AddressSize, Octets } from './octets.ts';

/** Most addresses have one holder: no array is spent on it. */
type Holders<T> = T | readonly T[];

/** Holders are compared by identity and are no arrays. Two levels, by network (/24, /64) and host: a prefix is looked for in few places. */
export class AddressIndex<T extends object> {
  readonly #networks = new Map<Octets, Map<Octets, Holders<T>>>();
  /** Networks of IPv6. */
  #sixes = 0;

  get hasIPv6(): boolean {
    return this.#sixes > 0;
  }

  get(address: Octets): readonly T[] {
    const holders = this.#networks.get(networkOf(address))?.get(hostOf(address));
    if (holders === undefined) return [];
    return isList(holders) ? holders : [holders];
  }

  add(address: Octets, holder: T): void {
    const network = networkOf(address);
    let hosts = this.#networks.get(network);
    if (hosts === undefined) {
      this.#networks.set(network, (hosts = new Map<Octets, Holders<T>>()));
      if (address.length === 16) this.#sixes++;
    }
    const others = this.get(address);
    hosts.set(hostOf(address), others.length === 0 ? holder : [...others, holder]);
  }

  remove(address: Octets, holder: T): void {
    const network = networkOf(address);
    const hosts = this.#networks.get(network);
    if (hosts === undefined) return;
    const others = this.get(address).filter((other) => other !== holder);
    if (others.length > 0) hosts.set(hostOf(address), others.length === 1 ? others[0]! : others);
    else hosts.delete(hostOf(address));
    if (hosts.size > 0) return;
    this.#networks.delete(network);
    if (address.length === 16) this.#sixes--;
  }

  /** Whether there is an address of `size` octets that begins with these `nibbles` (hexadecimal, one a character; less than the whole). */
  hasWithin(size: AddressSize, nibbles: string): boolean {
    const octets = Buffer.from(nibbles, 'hex').toString('latin1');
    const half = nibbles.length % 2 === 0 ? -1 : Number.parseInt(nibbles.at(-1)!, 16);
    const begins = (text: Octets): boolean => text.startsWith(octets) && (half === -1 || text.charCodeAt(octets.length) >> 4 === half);
    const split = networkSize(size);
    if (octets.length >= split) {
      for (const host of this.#networks.get(octets.slice(0, split))?.keys() ?? []) if (begins(octets.slice(0, split) + host)) return true;
      return false;
    }
    for (const network of this.#networks.keys()) if (network.length === split && begins(network)) return true;
    return false;
  }

  /** Every address of `size` octets. */
  *addresses(size: AddressSize): Generator<Octets> {
    for (const [network, hosts] of this.#networks)
      if (network.length === networkSize(size)) for (const host of hosts.keys()) yield network + host;
  }
}

const networkSize = (size: number): number => (size === 4 ? 3 : 8);
const networkOf = (address: Octets): Octets => address.slice(0, networkSize(address.length));
const hostOf = (address: Octets): Octets => address.slice(networkSize(address.length));

function isList<T>(holders: Holders<T>): holders is readonly T[] {
  return Array.isArray(holders);
}
