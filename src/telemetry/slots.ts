/** Values of dimensions that are known only at run time (zones, upstreams, lists), in memory that all threads share. */
import type { Answer } from '../wire/answer.ts';
import { isWithin, nameFromText, type Name } from '../wire/name.ts';
import { slotted, type Slotted } from './dimensions.ts';

/** Octets of a name; longer ones are cut. */
const NAME_SIZE = 252;
const ENTRY = 4 + NAME_SIZE;
const WRITING = -1;

/*
 * One entry per slot:   ┌ Int32: 0 free, -1 being written, else length ┬ UTF-8, 252 octets ┐
 * A slot is taken by exchanging 0 for -1, so that any thread may take one and no two take the same.
 */

const starts = new Map<Slotted, number>();
let size = 0;
for (const dimension of Object.keys(slotted) as Slotted[]) {
  starts.set(dimension, size);
  size += slotted[dimension] * ENTRY;
}

export function slotsBlock(): SharedArrayBuffer {
  return new SharedArrayBuffer(size);
}

/** The names of the slots, seen by every thread. A name keeps its slot for the life of the process, since it is counted under it. */
export class Slots {
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(block: SharedArrayBuffer) {
    this.#words = new Int32Array(block);
    this.#bytes = new Uint8Array(block);
  }

  /** Returns the slot of `name`, taking a free one if it has none; when all are taken, the last one, named `other`. */
  of(dimension: Slotted, name: string): number {
    const octets = Buffer.from(name).subarray(0, NAME_SIZE);
    const last = slotted[dimension] - 1;
    for (let slot = 0; slot < last; slot++) {
      const at = starts.get(dimension)! + slot * ENTRY;
      if (Atomics.compareExchange(this.#words, at / 4, 0, WRITING) === 0) {
        this.#bytes.set(octets, at + 4);
        Atomics.store(this.#words, at / 4, Math.max(1, octets.length));
        return slot;
      }
      if (octets.equals(this.#octets(at))) return slot;
    }
    if (name !== OTHER) this.#name(dimension, last, OTHER);
    return last;
  }

  /** The names taken so far, by slot. */
  names(dimension: Slotted): string[] {
    const names: string[] = [];
    for (let slot = 0; slot < slotted[dimension]; slot++) {
      const octets = this.#octets(starts.get(dimension)! + slot * ENTRY);
      if (octets.length > 0) names[slot] = Buffer.from(octets).toString();
    }
    return names;
  }

  #name(dimension: Slotted, slot: number, name: string): void {
    const at = starts.get(dimension)! + slot * ENTRY;
    this.#bytes.set(Buffer.from(name), at + 4);
    Atomics.store(this.#words, at / 4, name.length);
  }

  #octets(at: number): Uint8Array {
    let length: number;
    // Another thread is writing it at this moment, for less than a microsecond.
    do length = Atomics.load(this.#words, at / 4);
    while (length === WRITING);
    return this.#bytes.subarray(at + 4, at + 4 + length);
  }
}

const OTHER = 'other';

/** The zone label of names outside all of our zones. */
const OUTSIDE = '.';

/** Returns a function that finds the slot of an answer's zone: the one it names, else the one of its name. `zones`: texts with the trailing dot. */
export function zoneFinder(slots: Slots, zones: readonly string[]): (name: Name, answer: Answer) => number {
  const known = zones
    .filter((text) => text !== OUTSIDE)
    .map((text) => ({ apex: nameFromText(text), slot: slots.of('zone', text) }))
    .filter((zone): zone is { apex: Name; slot: number } => zone.apex !== undefined)
    .toSorted((a, b) => b.apex.length - a.apex.length);
  const outside = slots.of('zone', OUTSIDE);
  return (name, answer) => {
    for (const { apex, slot } of known) if (answer.zone === undefined ? isWithin(name, apex) : answer.zone === apex) return slot;
    return outside;
  };
}
