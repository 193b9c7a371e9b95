/**
 * A 4-way set-associative table of fixed size for counts about clients and answers: a new key replaces the least recently used of its set's four
 * slots. It never overflows, never grows, and each claim costs the same.
 *
 *     hash  ──► set of 4 slots   [tag, used] [tag, used] [tag, used] [tag, used]      used: the number of the claim it was used in, 0: never
 *     tag   ──► which of them; the caller keeps the key's data in its own arrays, at the slot's index
 */

const WAYS = 4;

export class SlotTable {
  /** A power of two. */
  readonly size: number;
  readonly #tags: Uint32Array;
  readonly #used: Float64Array;
  readonly #mask: number;
  #claims = 0;
  /** Whether the slot last returned by `claim` belonged to another key or to none before: the caller then resets its data. */
  fresh = false;

  /** For at least `keys` keys, 4 or more. */
  constructor(keys: number) {
    this.size = 2 ** Math.ceil(Math.log2(Math.max(WAYS, keys)));
    this.#mask = this.size / WAYS - 1;
    this.#tags = new Uint32Array(this.size);
    this.#used = new Float64Array(this.size);
  }

  /** Returns the slot of the key with the 32-bit hashes `hash` and `tag`, assigning one if it has none. */
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
