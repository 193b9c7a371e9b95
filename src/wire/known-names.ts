/**
 * A cache from the octets of recently queried names to their `Name`: it saves making a string per query, and V8's lookup of each new string
 * before a Map can use it as a key.
 */
import type { Name } from './name.ts';

/** Number of places for names, a power of two. */
export const PLACES = 16_384;
/** Places a name can be at: two pairs of neighbours. With two thirds of all taken, almost every name finds room; with two places, many do not. */
const CHOICES = 4;

/*
 * A place is 128 octets, two lines of the processor's cache:   ┌ Int32: hash ┬ name, in the letter case received, four octets per word ┐
 * Most names need the first line only. Each letter case of a name is an entry of its own. Names longer than LONGEST are not cached.
 */
const WORDS = 32;
const LONGEST = (WORDS - 1) * 4;

/** No place. */
export const NOWHERE = -1;

/**
 * Bits that tell which names were queried lately, so that a name is kept from its second query on. What is kept outlives the young generation, and of
 * a flood of random names none comes twice: keeping them all made the garbage collector's long pauses frequent. All bits are cleared once an eighth
 * of them may be set.
 */
const SEEN = 1 << 18;
const SEEN_NAMES = SEEN / 8;

/** One in this many names that find all their places taken clears the reference bits there: if each did, five names would fight over four places. */
const PATIENCE = 16;

export class KnownNames {
  readonly #words = new Int32Array(PLACES * WORDS);
  readonly #names = new Array<Name | undefined>(PLACES).fill(undefined);
  /** Reference bits: 1 once the name was found, until cleared. So a flood of names queried once does not evict one queried often. */
  readonly #wanted = new Uint8Array(PLACES);
  readonly #seen = new Uint32Array(SEEN / 32);
  #seenNames = 0;
  /** Hash and octets of the name last looked up, laid out as at a place. */
  readonly #asked = new Int32Array(WORDS);
  #askedWords = 0;
  #turn = 0;
  #refused = 0;

  /** Returns the place of the name whose uncompressed wire form is `packet[start..end)`, or NOWHERE. */
  find(packet: Uint8Array, start: number, end: number): number {
    if (end - start > LONGEST) return NOWHERE;
    const hash = this.#ask(packet, start, end);
    for (let choice = 0; choice < CHOICES; choice++) {
      const place = placeOf(hash, choice);
      if (!this.#holds(place)) continue;
      if (this.#wanted[place] === 0) this.#wanted[place] = 1;
      return place;
    }
    return NOWHERE;
  }

  /** Returns the name at a place that `find` has just returned. */
  at(place: number): Name {
    return this.#names[place]!;
  }

  /** Keeps `name` under the octets that the last `find` did not find, if it came before and there is room; it must have as many octets. */
  keep(name: Name): void {
    if (name.length > LONGEST || !this.#cameBefore()) return;
    const place = this.#roomFor(this.#asked[0]!);
    if (place === NOWHERE) return;
    this.#names[place] = name;
    for (let i = 0; i < this.#askedWords; i++) this.#words[place * WORDS + i] = this.#asked[i]!;
  }

  /** Reports whether the name last looked up, or another with the same bit, was looked up lately; if not, remembers it. */
  #cameBefore(): boolean {
    const hash = this.#asked[0]!;
    const word = (hash >>> 5) & (SEEN / 32 - 1);
    const bit = 1 << (hash & 31);
    if ((this.#seen[word]! & bit) !== 0) return true;
    if (++this.#seenNames === SEEN_NAMES) {
      this.#seen.fill(0);
      this.#seenNames = 0;
    }
    this.#seen[word]! |= bit;
    return false;
  }

  /** Returns a free place or one whose reference bit is 0, each time from another choice on, so that two names do not evict each other for ever. */
  #roomFor(hash: number): number {
    for (let choice = 0; choice < CHOICES; choice++) {
      const place = placeOf(hash, choice);
      if (this.#names[place] === undefined) return place;
    }
    this.#turn++;
    for (let choice = 0; choice < CHOICES; choice++) {
      const place = placeOf(hash, (this.#turn + choice) % CHOICES);
      if (this.#wanted[place] === 0) return place;
    }
    if (++this.#refused % PATIENCE === 0) for (let choice = 0; choice < CHOICES; choice++) this.#wanted[placeOf(hash, choice)] = 0;
    return NOWHERE;
  }

  /** Compares only the words of the name looked up: it ends with the root label, so no name's wire form is a prefix of another's. */
  #holds(place: number): boolean {
    const from = place * WORDS;
    for (let i = 0; i < this.#askedWords; i++) if (this.#words[from + i] !== this.#asked[i]) return false;
    return true;
  }

  /** Reads a name's octets as words, the last padded with zeros, and hashes them. The hash needs no key: colliding names only evict each other. */
  #ask(packet: Uint8Array, start: number, end: number): number {
    const asked = this.#asked;
    let hash = end - start;
    let count = 1;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const word = packet[at]! | (packet[at + 1]! << 8) | (packet[at + 2]! << 16) | (packet[at + 3]! << 24);
      asked[count++] = word;
      hash = mixed(hash, word);
    }
    if (at < end) {
      let word = 0;
      for (let shift = 0; at < end; shift += 8) word |= packet[at++]! << shift;
      asked[count++] = word;
      hash = mixed(hash, word);
    }
    hash = Math.imul(hash ^ (hash >>> 13), 0x85ebca6b);
    asked[0] = hash ^ (hash >>> 16);
    this.#askedWords = count;
    return asked[0];
  }
}

function mixed(hash: number, word: number): number {
  const next = Math.imul(hash ^ word, 0x9e3779b1);
  return next ^ (next >>> 15);
}

function placeOf(hash: number, choice: number): number {
  return ((choice < 2 ? hash : hash >>> 18) & (PLACES - 1)) ^ (choice & 1);
}
