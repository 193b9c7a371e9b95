/** Octets cut into pieces for tests of what reads them as they arrive. */

/** Pieces of 1 to 8 octets, as the stream of sizes says. */
export function chunks(octets: Uint8Array, sizes: Iterator<number>): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < octets.length;) {
    const size = 1 + Number(sizes.next().value);
    pieces.push(octets.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
