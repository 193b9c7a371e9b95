/** Counts by key within the present minute, in memory of fixed size: how many, and about how many different ones. */
import type { Random } from '../../clock.ts';
import { hashPrefix } from '../hashes.ts';
import { SlotTable } from '../slot-table.ts';

/** ms. */
export const WINDOW = 60_000;

/** Of answers that only say how large a share others have, one in so many is counted, and as so many: most answers are of that kind. */
export const SAMPLE = 8;

/** Bits for what is different: linear counting (Whang 1990) tells up to about four times as many apart. */
const BITS = 512;
const WORDS = BITS / 32;

/** Holds two counts and a bitmap a key; what was counted in an earlier minute is forgotten when the key is seen again. */
export class MinuteSketch {
  readonly #table: SlotTable;
  readonly #minutes: Float64Array;
  readonly #counts: Uint32Array;
  readonly #others: Uint32Array;
  readonly #bits: Uint32Array;
  readonly #clear: Uint16Array;
  /** To be mixed into every hash handed in. */
  readonly key: number;

  constructor(keys: number, random: Random) {
    this.#table = new SlotTable(keys);
    const { size } = this.#table;
    this.#minutes = new Float64Array(size);
    this.#counts = new Uint32Array(size);
    this.#others = new Uint32Array(size);
    this.#bits = new Uint32Array(size * WORDS);
    this.#clear = new Uint16Array(size);
    this.key = (random() * 2 ** 32) | 0;
  }

  /** The slot of a key, for the other calls. `now` in ms. */
  slot(hash: number, tag: number, now: number): number {
    const slot = this.#table.claim(hash, tag);
    const minute = Math.floor(now / WINDOW);
    if (this.#table.fresh || this.#minutes[slot] !== minute) {
      this.#minutes[slot] = minute;
      this.#counts[slot] = 0;
      this.#others[slot] = 0;
      this.#clear[slot] = BITS;
      this.#bits.fill(0, slot * WORDS, (slot + 1) * WORDS);
    }
    return slot;
  }

  /** The slot of a client. */
  slotOf(address: Uint8Array, now: number): number {
    return this.slot(this.keyOf(address), hashPrefix(address, address.length * 8, ~this.key), now);
  }

  /** What a client is known by. */
  keyOf(address: Uint8Array): number {
    return hashPrefix(address, address.length * 8, this.key);
  }

  /** Counts one more, which has `hash`. Returns how many. */
  count(slot: number, hash: number): number {
    const bit = hash % BITS;
    const word = slot * WORDS + (bit >>> 5);
    const mask = 1 << (bit & 31);
    if ((this.#bits[word]! & mask) === 0) {
      this.#bits[word]! |= mask;
      this.#clear[slot]!--;
    }
    return ++this.#counts[slot]!;
  }

  /** Counts `weight` of another sort, to hold the first against. Returns how many. */
  countOther(slot: number, weight: number): number {
    return (this.#others[slot]! += weight);
  }

  /** About how many different ones were counted; a full bitmap says 3,194. */
  different(slot: number): number {
    return Math.round(BITS * Math.log(BITS / Math.max(1, this.#clear[slot]!)));
  }
}
