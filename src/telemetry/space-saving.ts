/** The most frequent of a stream of keys, in bounded memory: the space-saving sketch (Metwally, Agrawal, El Abbadi 2005). */

export interface Frequent {
  readonly key: string;
  /** At least the true count, and above it by at most `error`. */
  readonly count: number;
  readonly error: number;
}

/*
 * Counters of one count are a ring that hangs on one bucket by the one that came last; buckets are chained by count, so that the least is at hand and
 * one more is one step. Counters and their links are used again: a stream of ever new keys makes next to no garbage.
 *
 *   least → [1] ⇄ [2] ⇄ [7]
 *            b     c     d        when a new key comes and all counters are taken, it takes over the one that has had the least count
 *            a                    longest (a), and what it may owe to its predecessor is its error
 */
interface Bucket {
  count: number;
  last: Counter | undefined;
  below: Bucket | undefined;
  above: Bucket | undefined;
}

interface Counter {
  key: string;
  error: number;
  bucket: Bucket;
  previous: Counter;
  next: Counter;
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
    if (known !== undefined) this.#count(known);
    else if (this.#counters.size < this.#capacity) this.#counters.set(key, this.#newCounter(key));
    else {
      const victim = this.#least!.last!.next;
      this.#counters.delete(victim.key);
      victim.key = key;
      victim.error = victim.bucket.count;
      this.#counters.set(key, victim);
      this.#count(victim);
    }
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

  #newCounter(key: string): Counter {
    const bucket = this.#least?.count === 1 ? this.#least : this.#newBucket(1, undefined);
    const counter = { key, error: 0, bucket } as Counter;
    counter.previous = counter.next = counter;
    join(counter, bucket);
    return counter;
  }

  /** One more: into the next bucket, which is made if need be, out of its own if that is empty then. */
  #count(counter: Counter): void {
    const { bucket } = counter;
    const count = bucket.count + 1;
    if (counter.next === counter && bucket.above?.count !== count) {
      bucket.count = count;
      return;
    }
    leave(counter);
    join(counter, bucket.above?.count === count ? bucket.above : this.#newBucket(count, bucket));
    if (bucket.last === undefined) this.#drop(bucket);
  }

  /** Above `below`, or the least. */
  #newBucket(count: number, below: Bucket | undefined): Bucket {
    const above = below === undefined ? this.#least : below.above;
    const bucket: Bucket = { count, last: undefined, below, above };
    if (above !== undefined) above.below = bucket;
    if (below === undefined) this.#least = bucket;
    else below.above = bucket;
    return bucket;
  }

  #drop({ below, above }: Bucket): void {
    if (above !== undefined) above.below = below;
    if (below === undefined) this.#least = above;
    else below.above = above;
  }
}

/** Behind the one that came last. */
function join(counter: Counter, bucket: Bucket): void {
  const { last } = bucket;
  if (last === undefined) counter.previous = counter.next = counter;
  else {
    counter.previous = last;
    counter.next = last.next;
    last.next.previous = counter;
    last.next = counter;
  }
  counter.bucket = bucket;
  bucket.last = counter;
}

function leave(counter: Counter): void {
  const { bucket, previous, next } = counter;
  if (next === counter) bucket.last = undefined;
  else {
    previous.next = next;
    next.previous = previous;
    if (bucket.last === counter) bucket.last = previous;
  }
}
