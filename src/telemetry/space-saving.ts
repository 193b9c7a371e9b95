/** The most frequent keys of a stream, in bounded memory: the space-saving sketch (Metwally, Agrawal, El Abbadi 2005). */

export interface Frequent {
  readonly key: string;
  /** At least the true count, and at most `error` above it. */
  readonly count: number;
  readonly error: number;
}

/*
 * Counters of the same count form a ring, held by a bucket through its latest member; buckets are linked in order of count, so that the least is at
 * hand and adding one is a single step. Counters and their links are reused: a stream of ever new keys makes next to no garbage.
 *
 *   least → [1] ⇄ [2] ⇄ [7]
 *            b     c     d        when a new key comes and all counters are taken, it takes over the one that has had the least count
 *            a                    longest (a), and the count it inherits is its error
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

/** Holds every key that makes up more than 1/capacity of the stream. O(1) per key. */
export class SpaceSaving {
  readonly #capacity: number;
  readonly #counters = new Map<string, Counter>();
  #least: Bucket | undefined;
  #total = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Number of keys added. */
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

  /** Returns the `limit` most frequent keys, most frequent first. */
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

  /** Adds one: moves the counter to the next bucket, created if missing, or raises its own bucket if it is alone in it. */
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

  /** Inserts a bucket above `below`, or as the least. */
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

/** Appends a counter to a bucket's ring, as its latest. */
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
