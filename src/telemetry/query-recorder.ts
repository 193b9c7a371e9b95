/** The serving thread's half of the query log: writes the queries to be recorded into its ring, without ever waiting. */
import type { Clock, Random } from '../clock.ts';
import { Rcode } from '../wire/iana.ts';
import type { Answer } from '../wire/answer.ts';
import type { Query } from '../wire/query.ts';
import { cellOf } from './cells.ts';
import type { Counters } from './counters.ts';
import type { QueryRing } from './query-ring.ts';
import { LATE, setDuration, TO_LOG, TO_LOG_IF_SLOW, TO_TOP, writeRecord } from './query-record.ts';

const dropped = cellOf('logDropped');
/** Most records of one batch that can wait for its duration. */
const BATCH = 1024;
/** Most ms between two readings of the wall clock and the monotonic one that may come from reading one after the other. */
const JITTER = 100;
/** Least ms between two looks at the wall clock. */
const LOOK = 1000;

export class QueryRecorder {
  readonly #ring: QueryRing;
  readonly #counters: Counters;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #waiting = new Int32Array(BATCH);
  #count = 0;
  /** Position in the ring where the batch began. */
  #mark: number;
  #generation = -1;
  #recording = { every: 0, errors: false, slow: 0, topEvery: 0 };
  /** Queries until the next one is recorded. */
  #untilLog = Infinity;
  #untilTop = Infinity;
  /** The purposes of all records not yet published. */
  #purposes = 0;
  /** Clock.monotonic() of the last look at the wall clock. */
  #lookedAt = -Infinity;

  constructor(ring: QueryRing, counters: Counters, clock: Clock, random: Random) {
    this.#ring = ring;
    this.#counters = counters;
    this.#clock = clock;
    this.#random = random;
    this.#mark = ring.mark;
    this.#follow();
    ring.origin = this.#origin();
  }

  responded(query: Query, answer: Answer, size: number, response: Uint8Array): void {
    this.#look();
    const purpose = this.#purposeOf(answer, this.#recording.slow > 0 ? TO_LOG_IF_SLOW : 0);
    if (purpose === 0) return;
    this.#followClock(query.receivedAt);
    const offset = this.#count === BATCH ? -1 : writeRecord(this.#ring, purpose, query, answer, size, response);
    if (offset === -1) {
      this.#counters[dropped]! += 1;
      return;
    }
    this.#purposes |= purpose;
    this.#waiting[this.#count++] = offset;
  }

  late(query: Query, answer: Answer, size: number, elapsed: number, response: Uint8Array): void {
    this.#look();
    const { slow } = this.#recording;
    const purpose = this.#purposeOf(answer, slow > 0 && elapsed >= slow ? TO_LOG : 0);
    if (purpose === 0) return;
    this.#followClock(query.receivedAt);
    // Between batches no record waits, so this one is published at once; within a batch it is published with the others.
    const offset = writeRecord(this.#ring, purpose | LATE, query, answer, size, response);
    if (offset === -1) {
      this.#counters[dropped]! += 1;
      return;
    }
    setDuration(this.#ring, offset, elapsed);
    this.#purposes |= purpose;
    if (this.#count === 0) this.#publish();
  }

  /** Ends a batch that took `elapsed` ms: gives its records that duration and publishes them. */
  batch(elapsed: number): void {
    if (this.#count === 0) return;
    const { slow } = this.#recording;
    if (this.#purposes === TO_LOG_IF_SLOW && elapsed < slow) this.#ring.rewind(this.#mark);
    else for (let i = 0; i < this.#count; i++) setDuration(this.#ring, this.#waiting[i]!, elapsed);
    this.#count = 0;
    this.#publish();
  }

  #publish(): void {
    this.#ring.publish();
    this.#purposes = 0;
    this.#mark = this.#ring.mark;
  }

  /** The wall clock may have been set, or have gone on while the machine slept. `at`: Clock.monotonic() of the batch. */
  #followClock(at: number): void {
    if (at - this.#lookedAt < LOOK) return;
    this.#lookedAt = at;
    const origin = this.#origin();
    // Not for less: of two queries, the later one would seem to be earlier.
    if (Math.abs(origin - this.#ring.origin) > JITTER) this.#ring.origin = origin;
  }

  #origin(): number {
    return this.#clock.now() - this.#clock.monotonic();
  }

  #purposeOf({ rcode }: Answer, slow: number): number {
    let purpose = slow;
    if (--this.#untilLog <= 0) {
      purpose |= TO_LOG;
      this.#untilLog = this.#skip(this.#recording.every);
    } else if (this.#recording.errors && rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) purpose |= TO_LOG;
    if (--this.#untilTop <= 0) {
      purpose |= TO_TOP;
      this.#untilTop = this.#skip(this.#recording.topEvery);
    }
    return purpose;
  }

  /** Queries until the next one, 1 in `every` on average, at random: clients ask A and AAAA in turn, and a fixed step would see only one of them. */
  #skip(every: number): number {
    return every === 0 ? Infinity : every === 1 ? 1 : 1 + Math.floor(this.#random() * (2 * every - 1));
  }

  /** Takes up changed settings, but only between batches: a batch with records is recorded to its end as it began. */
  #look(): void {
    if (this.#count === 0 && this.#ring.generation !== this.#generation) this.#follow();
  }

  #follow(): void {
    this.#generation = this.#ring.generation;
    this.#recording = this.#ring.recording;
    this.#untilLog = this.#skip(this.#recording.every);
    this.#untilTop = this.#skip(this.#recording.topEvery);
  }
}
