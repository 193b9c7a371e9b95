/** A byte ring in which entries lie one after the other and leave in the same order: a FIFO queue that is its own storage. */

/** Positions and sizes are in words of 8 octets. An entry is never split: the space left before the end stays empty until the tail has passed. */
export class Ring {
  readonly start: number;
  readonly end: number;
  /** The oldest entry; meaningless while `entries` is 0. */
  tail: number;
  /** Entries in the ring, those that were deleted included. */
  entries = 0;
  #head: number;
  /** The end of the entries that lie before the ring's end, after the head has continued at its start; -1 before that. */
  #wrap = -1;

  constructor(start: number, end: number) {
    this.start = this.tail = this.#head = start;
    this.end = end;
  }

  contains(at: number): boolean {
    return at >= this.start && at < this.end;
  }

  /** Returns room for an entry after the youngest one; -1 if older ones have to leave first. */
  reserve(words: number): number {
    if (this.entries === 0) this.tail = this.#head = this.start;
    if (this.#wrap === -1) {
      if (this.#head + words > this.end) {
        if (this.start + words > this.tail) return -1;
        this.#wrap = this.#head;
        this.#head = this.start;
      }
    } else if (this.#head + words > this.tail) return -1;
    const at = this.#head;
    this.#head += words;
    this.entries++;
    return at;
  }

  /** Removes the oldest entry. A reservation of the same size then always fits, and may overlap it. */
  release(words: number): void {
    this.tail += words;
    this.entries--;
    if (this.tail === this.#wrap) {
      this.tail = this.start;
      this.#wrap = -1;
    }
  }

  /** Yields the positions of all entries, oldest first; `sizeOf` returns an entry's words. */
  *positions(sizeOf: (at: number) => number): Iterable<number> {
    let at = this.tail;
    for (let left = this.entries; left > 0; left--) {
      yield at;
      at += sizeOf(at);
      if (at === this.#wrap) at = this.start;
    }
  }
}
