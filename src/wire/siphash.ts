/** SipHash-2-4, a keyed hash of 64 bits that cannot be forged without the key (Aumasson and Bernstein, 2012). */

/** The 16 octets of a key as little-endian words. */
export type SipKey = Uint32Array;

export function sipKey(octets: Uint8Array): SipKey {
  const view = new DataView(octets.buffer, octets.byteOffset, 16);
  return Uint32Array.from([0, 4, 8, 12], (at) => view.getUint32(at, true));
}

/**
 * Writes the hash of `message[0..length)`, 8 octets, to `target` at `offset`. A 64-bit word is two numbers, low and high: BigInt would be
 * a hundred times slower.
 */
export function sipHash(key: SipKey, message: Uint8Array, length: number, target: Uint8Array, offset: number): void {
  let v0l = 0x70736575 ^ key[0]!;
  let v0h = 0x736f6d65 ^ key[1]!;
  let v1l = 0x6e646f6d ^ key[2]!;
  let v1h = 0x646f7261 ^ key[3]!;
  let v2l = 0x6e657261 ^ key[0]!;
  let v2h = 0x6c796765 ^ key[1]!;
  let v3l = 0x79746573 ^ key[2]!;
  let v3h = 0x74656462 ^ key[3]!;
  const words = length >> 3;
  // The whole words, the word with the remaining octets and the length, and the finalization.
  for (let word = 0; word <= words + 1; word++) {
    const last = word > words;
    const low = last ? 0 : littleEndian(message, word * 8, length) | 0;
    let high = last ? 0 : littleEndian(message, word * 8 + 4, length);
    if (word === words) high |= length << 24;
    if (last) v2l ^= 0xff;
    v3l ^= low;
    v3h ^= high;
    for (let round = last ? 4 : 2; round > 0; round--) {
      let sum = (v0l + v1l) | 0;
      v0h = (v0h + v1h + (sum >>> 0 < v1l >>> 0 ? 1 : 0)) | 0;
      v0l = sum;
      let low1 = ((v1l << 13) | (v1h >>> 19)) ^ v0l;
      v1h = ((v1h << 13) | (v1l >>> 19)) ^ v0h;
      // Rotating v0 by 32 bits swaps its halves.
      [v0l, v0h] = [v0h, v0l];
      sum = (v2l + v3l) | 0;
      v2h = (v2h + v3h + (sum >>> 0 < v3l >>> 0 ? 1 : 0)) | 0;
      v2l = sum;
      const low3 = ((v3l << 16) | (v3h >>> 16)) ^ v2l;
      v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h;
      sum = (v0l + low3) | 0;
      v0h = (v0h + v3h + (sum >>> 0 < low3 >>> 0 ? 1 : 0)) | 0;
      v0l = sum;
      v3l = ((low3 << 21) | (v3h >>> 11)) ^ v0l;
      v3h = ((v3h << 21) | (low3 >>> 11)) ^ v0h;
      sum = (v2l + low1) | 0;
      v2h = (v2h + v1h + (sum >>> 0 < low1 >>> 0 ? 1 : 0)) | 0;
      v2l = sum;
      v1l = ((low1 << 17) | (v1h >>> 15)) ^ v2l;
      v1h = ((v1h << 17) | (low1 >>> 15)) ^ v2h;
      low1 = v2l;
      v2l = v2h;
      v2h = low1;
    }
    v0l ^= low;
    v0h ^= high;
  }
  writeLittleEndian(v0l ^ v1l ^ v2l ^ v3l, target, offset);
  writeLittleEndian(v0h ^ v1h ^ v2h ^ v3h, target, offset + 4);
}

/** Reads a 32-bit word; octets from `length` on count as 0. */
function littleEndian(octets: Uint8Array, at: number, length: number): number {
  if (at + 4 <= length) return octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24);
  let value = 0;
  for (let i = at; i < length; i++) value |= octets[i]! << ((i - at) * 8);
  return value;
}

function writeLittleEndian(value: number, target: Uint8Array, at: number): void {
  target[at] = value;
  target[at + 1] = value >>> 8;
  target[at + 2] = value >>> 16;
  target[at + 3] = value >>> 24;
}
