/**
 * A table of fixed size for counts about clients and answers: the least recently used of a key's four places makes room for a new key. It cannot
 * be filled, it never grows, and each step costs the same.
 *
 *     hash  ──► set of 4 slots   [tag, used] [tag, used] [tag, used] [tag, used]      used: the number of the claim it was used in, 0: never
 *     tag   ──► which of them; what belongs to the key lies in the caller's own arrays at the slot's index
 */

const WAYS = 4;

export class SlotTable {
  /** A power of two. */
  readonly size: number;
  readonly #tags: Uint32Array;
  readonly #used: Float64Array;
  readonly #mask: number;
  #claims = 0;
  /** Whether the slot that `claim` returned last belonged to another key, or none, before: the caller clears what it keeps there. */
  fresh = false;

  /** For at least `keys` keys, 4 or more. */
  constructor(keys: number) {
    this.size = 2 ** Math.ceil(Math.log2(Math.max(WAYS, keys)));
    this.#mask = this.size / WAYS - 1;
    this.#tags = new Uint32Array(this.size);
    this.#used = new Float64Array(this.size);
  }

  /** The slot of the key with the 32-bit hashes `hash` and `tag`. */
  claim(hash: number, tag: number): number {
    const tags = this.#tags;
    const used = this.#used;
    const now = ++this.#claims;
    tag >>>= 0;
    const first = (hash & this.#mask) * WAYS;
    let oldest = first;
    for (let slot = first; slot < first + WAYS; slot++) {
      if (tags[slot] === tag && used[slot] !== 0) {
        used[slot] = now;
        this.fresh = false;
        return slot;
      }
      if (used[slot]! < used[oldest]!) oldest = slot;
    }
    tags[oldest] = tag;
    used[oldest] = now;
    this.fresh = true;
    return oldest;
  }
}
