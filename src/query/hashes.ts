/** Fast keyed hashes of names and addresses for tables on the hot path. The key is random, so that an attacker cannot choose inputs that collide. */
import type { Name } from '../wire/name.ts';

/** FNV-1a's prime; the result is mixed, since FNV's low bits alone are weak. */
const PRIME = 0x01000193;

export function hashName(name: Name, key: number): number {
  let hash = key;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), PRIME);
  return mix(hash);
}

/** Hashes the first `bits` bits of an address; IPv4 and IPv6 addresses hash differently. */
export function hashPrefix(address: Uint8Array, bits: number, key: number): number {
  let hash = key ^ address.length;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) hash = Math.imul(hash ^ address[i]!, PRIME);
  if (bits & 7) hash = Math.imul(hash ^ (address[whole]! & (0xff00 >> (bits & 7))), PRIME);
  return mix(hash);
}

/** Spreads every bit over all 32 (the finalizer of MurmurHash3, public domain). Unsigned. */
export function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
