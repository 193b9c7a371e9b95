/** A hash table of recent queries by all their octets except the ID, with room at each place for what is kept of a query and for its response. */
import { NOWHERE } from '../wire/known-names.ts';

/** Number of places, a power of two. */
export const PLACES = 16_384;
/** Places a query can be at: two pairs of neighbours. With two thirds of all taken, almost every query finds room. */
const CHOICES = 4;

/* A place, in 32-bit words:   ┌ hash ┬ length ┬ until, f64 ┬ DETAILS words ┬ query ┬ response ┐   Only pages that were written to take memory. */
const WORDS = 128;
const HASH = 0;
const LENGTH = 1;
const UNTIL = 2;
const DETAILS = 4;
const QUERY = DETAILS + 11;

/** Octets of the longest query that has a place. One without EDNS options is shorter unless its name is long. */
export const LONGEST = 160;

/** A message's first word, little-endian, has the ID in its lower half. */
export const WITHOUT_ID: number = ~0xffff;

const FREE = 0;
const TAKEN = 1;
/** Taken, and found again since it was last TAKEN: queries that come once do not displace those that come often. */
const WANTED = 2;

export class QueryTable {
  readonly words: Int32Array<ArrayBuffer> = new Int32Array(PLACES * WORDS);
  readonly #times = new Float64Array(this.words.buffer);
  readonly #states = new Uint8Array(PLACES);
  /** The query last looked for. */
  readonly #asked = new Int32Array(wordsOf(LONGEST));
  #hash = 0;
  #length = 0;
  #turn = 0;

  /** Returns the place of the query of `length` octets, at most LONGEST, that begins at `packets[at]`; or NOWHERE. */
  find(packets: Int32Array, at: number, length: number): number {
    const hash = this.#ask(packets, at, length);
    const { words } = this;
    const count = wordsOf(length);
    for (let choice = 0; choice < CHOICES; choice++) {
      const place = placeOf(hash, choice);
      if (this.#states[place] === FREE) continue;
      const from = place * WORDS;
      if (words[from + HASH] !== hash || words[from + LENGTH] !== length) continue;
      let same = 0;
      while (same < count && words[from + QUERY + same] === this.#asked[same]) same++;
      if (same < count) continue;
      this.#states[place] = WANTED;
      return place;
    }
    return NOWHERE;
  }

  /**
   * Returns a place for the query that was last looked for: where it was `found`, or another if that is NOWHERE. Returns NOWHERE if all its places are
   * in use, or a response of `size` octets does not fit. `until`: ms.
   */
  enter(size: number, until: number, found: number): number {
    const count = wordsOf(this.#length);
    if (QUERY + count + wordsOf(size) > WORDS) return NOWHERE;
    const place = found === NOWHERE ? this.#room() : found;
    if (place === NOWHERE) return NOWHERE;
    const from = place * WORDS;
    this.#times[(from + UNTIL) / 2] = until;
    if (found !== NOWHERE) return place;
    this.#states[place] = TAKEN;
    this.words[from + HASH] = this.#hash;
    this.words[from + LENGTH] = this.#length;
    for (let i = 0; i < count; i++) this.words[from + QUERY + i] = this.#asked[i]!;
    return place;
  }

  /** Frees all places. */
  clear(): void {
    this.#states.fill(FREE);
  }

  /** Where the details of a place begin in `words`. */
  detailsAt(place: number): number {
    return place * WORDS + DETAILS;
  }

  /** Where its response begins. */
  responseAt(place: number): number {
    const from = place * WORDS;
    return from + QUERY + wordsOf(this.words[from + LENGTH]!);
  }

  /** When its response is outdated, ms. */
  untilOf(place: number): number {
    return this.#times[(place * WORDS + UNTIL) / 2]!;
  }

  /** Octets of its query. */
  lengthAt(place: number): number {
    return this.words[place * WORDS + LENGTH]!;
  }

  /** Reads and hashes a query's words, the last padded with zeros. The hash needs no key: colliding queries only take each other's places. */
  #ask(packets: Int32Array, at: number, length: number): number {
    const asked = this.#asked;
    const last = wordsOf(length) - 1;
    let hash = length;
    for (let i = 0; i <= last; i++) {
      let word = packets[at + i]!;
      if (i === 0) word &= WITHOUT_ID;
      if (i === last) word &= -1 >>> ((-length & 3) * 8);
      asked[i] = word;
      hash = Math.imul(hash ^ word, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ (hash >>> 13), 0x85ebca6b);
    this.#hash = hash ^ (hash >>> 16);
    this.#length = length;
    return this.#hash;
  }

  /** Returns a free place, or else one that is not wanted, beginning with another choice each time. If all are wanted, makes them merely taken. */
  #room(): number {
    for (let choice = 0; choice < CHOICES; choice++) {
      const place = placeOf(this.#hash, choice);
      if (this.#states[place] === FREE) return place;
    }
    this.#turn++;
    for (let choice = 0; choice < CHOICES; choice++) {
      const place = placeOf(this.#hash, (this.#turn + choice) % CHOICES);
      if (this.#states[place] === TAKEN) return place;
    }
    for (let choice = 0; choice < CHOICES; choice++) this.#states[placeOf(this.#hash, choice)] = TAKEN;
    return NOWHERE;
  }
}

/** Words that so many octets take. */
export function wordsOf(octets: number): number {
  return (octets + 3) >> 2;
}

function placeOf(hash: number, choice: number): number {
  return ((choice < 2 ? hash : hash >>> 18) & (PLACES - 1)) ^ (choice & 1);
}
