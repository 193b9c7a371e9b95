/** A ring buffer in shared memory by which one serving thread passes records of queries to the main thread, without waiting for it. */

/*
 *   Int32 words of the header                 data, a power of two octets
 *   ┌ head ┬ tail ┬ settings … ┬ origin ┐    ┌────────┬────────┬─ free ─┬ length 0: go to the start ┐
 *   └──────┴──────┴────────────┴────────┘    └────────┴────────┴────────┴───────────────────────────┘
 *
 * A record is contiguous and aligned to 8 octets. head: where the writer has published to; tail: where the reader has read to; both count octets
 * modulo 2^32, and are the only words that both sides synchronize on. A record that does not fit is dropped, and counted by the writer.
 */
const HEAD = 0;
const TAIL = 1;
const GENERATION = 2;
const LOG_EVERY = 3;
const LOG_ERRORS = 4;
const LOG_SLOW = 5;
const TOP_EVERY = 6;
/** Index among the Float64s of the header. */
const ORIGIN = 4;
const HEADER = 64;

/** Which queries are recorded; the main thread may change it at any time. */
export interface Recording {
  /** Logs 1 in this many queries; 0: none. */
  readonly every: number;
  /** Logs those whose RCODE is neither NOERROR nor NXDOMAIN. */
  readonly errors: boolean;
  /** Logs those that took at least this many ms; 0: none. */
  readonly slow: number;
  /** 1 in this many queries goes to the top lists; 0: none. */
  readonly topEvery: number;
}

/** `size`: octets for records, rounded up to a power of two of at least 4096. */
export function ringBlock(size: number): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER + 2 ** Math.max(12, Math.ceil(Math.log2(size))));
}

/** Both ends of a ring; each thread uses its own half. */
export class QueryRing {
  /** The octets of the records, and the same memory as words and doubles: octet o is in words[o >> 2] and doubles[o >> 3]. */
  readonly octets: Buffer;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly #header: Int32Array;
  readonly #origin: Float64Array;
  readonly #size: number;
  /** Writer: where the next record goes, and the tail as last read. */
  #write: number;
  #seen: number;

  constructor(block: SharedArrayBuffer) {
    this.#header = new Int32Array(block, 0, HEADER / 4);
    this.#origin = new Float64Array(block, 0, HEADER / 8);
    this.#size = block.byteLength - HEADER;
    this.octets = Buffer.from(block, HEADER);
    this.words = new Int32Array(block, HEADER);
    this.doubles = new Float64Array(block, HEADER);
    // A thread that replaces a crashed one continues after the last record that was published.
    this.#write = Atomics.load(this.#header, HEAD);
    this.#seen = Atomics.load(this.#header, TAIL);
  }

  /** Clock.now() less Clock.monotonic() in the writer's thread, ms: each thread's monotonic clock starts with the thread. */
  get origin(): number {
    return this.#origin[ORIGIN]!;
  }

  set origin(milliseconds: number) {
    this.#origin[ORIGIN] = milliseconds;
  }

  get recording(): Recording {
    const header = this.#header;
    return { every: header[LOG_EVERY]!, errors: header[LOG_ERRORS] === 1, slow: header[LOG_SLOW]!, topEvery: header[TOP_EVERY]! };
  }

  set recording({ every, errors, slow, topEvery }: Recording) {
    this.#header.set([every, errors ? 1 : 0, Math.ceil(slow), topEvery], LOG_EVERY);
    Atomics.add(this.#header, GENERATION, 1);
  }

  /** Changes whenever `recording` does. */
  get generation(): number {
    return Atomics.load(this.#header, GENERATION);
  }

  /** Writer: reserves `length` octets (a multiple of 8) for a record. Returns their offset in `octets`, or -1 when there is no room. */
  claim(length: number): number {
    const offset = this.#write & (this.#size - 1);
    const left = this.#size - offset;
    const needed = length <= left ? length : left + length;
    if (this.#free() < needed) {
      this.#seen = Atomics.load(this.#header, TAIL);
      if (this.#free() < needed) return -1;
    }
    this.#write = (this.#write + needed) | 0;
    if (length > left) this.words[offset >> 2] = 0;
    const at = length <= left ? offset : 0;
    this.words[at >> 2] = length;
    return at;
  }

  /** Writer: releases everything claimed after `mark`. */
  rewind(mark: number): void {
    this.#write = mark;
  }

  /** Writer: the current position, for `rewind`. */
  get mark(): number {
    return this.#write;
  }

  /** Writer: makes what was claimed visible to the reader. */
  publish(): void {
    Atomics.store(this.#header, HEAD, this.#write);
  }

  #free(): number {
    return this.#size - ((this.#write - this.#seen) >>> 0);
  }

  /** Reader: visits up to `limit` published records by their offset, then frees them. Returns their number. */
  read(limit: number, visit: (offset: number) => void): number {
    const head = Atomics.load(this.#header, HEAD);
    let tail = Atomics.load(this.#header, TAIL);
    let count = 0;
    while (tail !== head && count < limit) {
      const offset = tail & (this.#size - 1);
      const length = this.words[offset >> 2]!;
      if (length === 0) {
        tail = (tail + this.#size - offset) | 0;
        continue;
      }
      visit(offset);
      tail = (tail + length) | 0;
      count++;
    }
    Atomics.store(this.#header, TAIL, tail);
    return count;
  }
}
