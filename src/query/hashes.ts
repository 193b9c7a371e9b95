/**
 * Fast keyed hashes of names and addresses for tables on the hot path. The key is random, so that an attacker cannot choose inputs that collide: for
 * that, each step has to bring the high bits down again. Where an octet is only multiplied in, as in FNV, whether two inputs collide depends on few
 * bits of the key.
 */
import type { Name } from '../wire/name.ts';

/** MurmurHash2's multiplier. */
const MULTIPLIER = 0x5bd1e995;

/** Two octets per step: the steps are most of what a hit in the cache costs. */
export function hashName(name: Name, key: number): number {
  let hash = key;
  const even = name.length & ~1;
  for (let i = 0; i < even; i += 2) hash = step(hash, name.charCodeAt(i) | (name.charCodeAt(i + 1) << 8));
  if (even < name.length) hash ^= name.charCodeAt(even);
  return mix(hash);
}

/** Hashes the first `bits` bits of an address; IPv4 and IPv6 addresses hash differently. */
export function hashPrefix(address: Uint8Array, bits: number, key: number): number {
  let hash = key ^ address.length;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) hash = step(hash, address[i]!);
  if (bits & 7) hash = step(hash, address[whole]! & (0xff00 >> (bits & 7)));
  return mix(hash);
}

function step(hash: number, octets: number): number {
  const next = Math.imul(hash ^ octets, MULTIPLIER);
  return next ^ (next >>> 15);
}

/** Spreads every bit over all 32 (the finalizer of MurmurHash3, public domain). Unsigned. */
export function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
