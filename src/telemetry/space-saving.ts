/** The most frequent of a stream of keys, in bounded memory: the space-saving sketch (Metwally, Agrawal, El Abbadi 2005). */

export interface Frequent {
  readonly key: string;
  /** At least the true count, and above it by at most `error`. */
  readonly count: number;
  readonly error: number;
}

/*
 * Counters of one count hang on one bucket; buckets are chained by count, so that the least is at hand and one more is one step:
 *
 *   least → [1] ⇄ [2] ⇄ [7]
 *            a     c     d        when a new key comes and all counters are taken, it takes over one of the least
 *            b                    count (a), and what it may owe to its predecessor is its error
 */
interface Bucket {
  readonly count: number;
  readonly counters: Set<Counter>;
  below: Bucket | undefined;
  above: Bucket | undefined;
}

interface Counter {
  readonly key: string;
  readonly error: number;
  bucket: Bucket;
}

/** Every key that makes more than 1/capacity of the stream is among its counters. O(1) a key. */
export class SpaceSaving {
  readonly #capacity: number;
  readonly #counters = new Map<string, Counter>();
  #least: Bucket | undefined;
  #total = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Keys added. */
  get total(): number {
    return this.#total;
  }

  add(key: string): void {
    this.#total++;
    const known = this.#counters.get(key);
    if (known !== undefined) {
      const { bucket } = known;
      known.bucket = this.#enter(known, bucket.count + 1, bucket);
      this.#leave(known, bucket);
      return;
    }
    let error = 0;
    const least = this.#least;
    if (this.#counters.size === this.#capacity && least !== undefined) {
      const victim = least.counters.values().next().value!;
      error = least.count;
      this.#counters.delete(victim.key);
      const counter = { key, error, bucket: least };
      counter.bucket = this.#enter(counter, error + 1, least);
      this.#counters.set(key, counter);
      this.#leave(victim, least);
      return;
    }
    const counter = { key, error, bucket: undefined as unknown as Bucket };
    counter.bucket = this.#enter(counter, 1, undefined);
    this.#counters.set(key, counter);
  }

  /** The `limit` most frequent, the first the most. */
  top(limit: number): Frequent[] {
    return this.#counters
      .values()
      .map(({ key, error, bucket }) => ({ key, error, count: bucket.count }))
      .toArray()
      .toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
      .slice(0, limit);
  }

  /** Into the bucket of `count`, which is the one above `below` or is put there; with no bucket below, it is the least. */
  #enter(counter: Counter, count: number, below: Bucket | undefined): Bucket {
    const above = below === undefined ? this.#least : below.above;
    if (above?.count === count) {
      above.counters.add(counter);
      return above;
    }
    const bucket: Bucket = { count, counters: new Set([counter]), below, above };
    if (above !== undefined) above.below = bucket;
    if (below === undefined) this.#least = bucket;
    else below.above = bucket;
    return bucket;
  }

  #leave(counter: Counter, bucket: Bucket): void {
    bucket.counters.delete(counter);
    if (bucket.counters.size > 0) return;
    if (bucket.above !== undefined) bucket.above.below = bucket.below;
    if (bucket.below === undefined) this.#least = bucket.above;
    else bucket.below.above = bucket.above;
  }
}
