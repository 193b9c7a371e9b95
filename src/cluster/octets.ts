/**
 * Addresses as strings of octets, one per character, as names are: comparable with ===, usable as Map keys, and far smaller than a typed array each.
 * 150,000 of them are kept twice (control and serving thread) and passed between threads.
 */

/** One octet per character: an address has 4 or 16; a list of addresses is their concatenation. */
export type Octets = string;

export type AddressSize = 4 | 16;

export const sizeOf = (address: Octets): AddressSize => (address.length === 4 ? 4 : 16);

export function toOctets(bytes: Uint8Array): Octets {
  // Most are IPv4 addresses, for which a Buffer takes longer.
  if (bytes.length === 4) return String.fromCharCode(bytes[0]!, bytes[1]!, bytes[2]!, bytes[3]!);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

export function fromOctets(octets: Octets): Uint8Array {
  const bytes = new Uint8Array(octets.length);
  for (let i = 0; i < octets.length; i++) bytes[i] = octets.charCodeAt(i);
  return bytes;
}

/** Returns the IPv4 address that begins at `at` as a signed number of 32 bits, which V8 keeps without an object. */
export function ipv4At(octets: Octets, at: number): number {
  const upper = (octets.charCodeAt(at) << 8) | octets.charCodeAt(at + 1);
  return (upper << 16) | (octets.charCodeAt(at + 2) << 8) | octets.charCodeAt(at + 3);
}

/** The inverse of `ipv4At`: returns the four octets. */
export function fromIPv4(address: number): Octets {
  return String.fromCharCode(address >>> 24, (address >>> 16) & 0xff, (address >>> 8) & 0xff, address & 0xff);
}

/** Yields the indexes, counted in addresses, of the address `octets` in `list`, which is sorted. */
export function* indexesOfAddress(list: Octets, octets: Octets): Generator<number> {
  const size = octets.length;
  let low = 0;
  let high = list.length / size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list.slice(middle * size, (middle + 1) * size) < octets) low = middle + 1;
    else high = middle;
  }
  for (; list.startsWith(octets, low * size); low++) yield low;
}

/** Yields the addresses of `list`, `size` octets each. */
export function* addressesOf(list: Octets, size: AddressSize): Generator<Octets> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}
