/** Cuts octets into pieces, for tests of incremental parsers. */

/** Returns consecutive pieces, each one octet longer than the next of `sizes`. */
export function chunks(octets: Uint8Array, sizes: Iterator<number>): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < octets.length;) {
    const size = 1 + Number(sizes.next().value);
    pieces.push(octets.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
