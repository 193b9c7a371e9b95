/** Counts per key within the current minute, in memory of fixed size: how many items, and about how many different ones. */
import type { Random } from '../../clock.ts';
import { hashPrefix } from '../hashes.ts';
import { SlotTable } from '../slot-table.ts';

/** A minute, ms. */
export const WINDOW = 60_000;

/** Sampling rate of the answers counted only as the total for a share, which most answers are: one in `SAMPLE` is counted, with that weight. */
export const SAMPLE = 8;

/** Bits per key for different items: linear counting (Whang 1990) can count up to about four times as many. */
const BITS = 512;
const WORDS = BITS / 32;

/** Holds two counts and a bitmap per key; those of an earlier minute are cleared when the key is next seen. */
export class MinuteSketch {
  readonly #table: SlotTable;
  readonly #minutes: Float64Array;
  readonly #counts: Uint32Array;
  readonly #others: Uint32Array;
  readonly #bits: Uint32Array;
  readonly #clear: Uint16Array;
  /** Key for all hashes passed in. */
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

  /** Returns the slot of a key, for the other calls. `now` is in ms. */
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

  /** Returns the slot of a client. */
  slotOf(address: Uint8Array, now: number): number {
    return this.slot(this.keyOf(address), hashPrefix(address, address.length * 8, ~this.key), now);
  }

  /** Returns the key of a client. */
  keyOf(address: Uint8Array): number {
    return hashPrefix(address, address.length * 8, this.key);
  }

  /** Counts an item with the hash `hash`; returns the count. */
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

  /** Adds `weight` to the second count, with which the first is compared; returns the second count. */
  countOther(slot: number, weight: number): number {
    return (this.#others[slot]! += weight);
  }

  /** Estimates the number of different items counted; a full bitmap gives 3,194. */
  different(slot: number): number {
    return Math.round(BITS * Math.log(BITS / Math.max(1, this.#clear[slot]!)));
  }
}
