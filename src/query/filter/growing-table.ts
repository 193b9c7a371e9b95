/** The hash table of policies while it is built: what lookups need, and the full hash of each entry, with which it can grow. */
import { slotOf, tagOf } from './policies.ts';

export interface GrowingTable {
  readonly tags: Uint8Array;
  readonly slots: Uint32Array;
  readonly hashes: Uint32Array;
}

export function emptyTable(size: number): GrowingTable {
  return { tags: new Uint8Array(ownPages(size)), slots: new Uint32Array(ownPages(size * 4)), hashes: new Uint32Array(ownPages(size * 4)) };
}

/**
 * Allocates memory that returns to the operating system once unused. Other buffers come from the C library's heap, which keeps most of what a table
 * that has doubled ten times has used.
 */
export function ownPages(size: number): ArrayBuffer {
  return new ArrayBuffer(size, { maxByteLength: size });
}

/** Returns a table of `size` slots with the same entries. */
export function grown({ tags, slots, hashes }: GrowingTable, size: number): GrowingTable {
  const larger = emptyTable(size);
  for (let slot = 0; slot < slots.length; slot++) if (tags[slot] !== 0) place(larger, hashes[slot]!, slots[slot]!);
  return larger;
}

/** Linear probing: takes the first free slot from the hash's own on. There must be one. */
export function place({ tags, slots, hashes }: GrowingTable, hash: number, entry: number): void {
  let slot = slotOf(hash, slots.length);
  while (tags[slot] !== 0) slot = slot + 1 === slots.length ? 0 : slot + 1;
  tags[slot] = tagOf(hash);
  slots[slot] = entry;
  hashes[slot] = hash;
}
