/** Clients whose addresses were chosen to share a place in a table that has no key. */
import { hashPrefix } from '../../src/query/hashes.ts';

/** Returns twenty addresses that fall into one set of a table of 256 when their first `bits` bits are hashed with a key of 0. */
export function collidingClients(bits: number): readonly [string, ...string[]] {
  const all = Array.from({ length: 4096 }, (_, index) => Uint8Array.of(10, index >> 8, index & 255, 1));
  const [first, ...others] = all.filter((address) => (hashPrefix(address, bits, 0) & 63) === 0).slice(0, 20);
  return [first!.join('.'), ...others.map((address) => address.join('.'))];
}
