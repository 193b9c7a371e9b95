/**
 * A cache from a recently asked name's octets to its `Name`: it saves making a string per query, and V8's look-up of each new string before a Map can
 * use it as a key.
 */
import type { Name } from './name.ts';

/** Where a name may be kept, a power of two. */
export const PLACES = 16_384;
/** Places a name may be at: two pairs of neighbours. With two thirds of all taken, hardly a name finds no room; with two single places, many do. */
const CHOICES = 4;

/*
 * A place is 128 octets, two lines of the processor's cache:   ┌ Int32: hash ┬ name, in the spelling it came in, four octets a word ┐
 * Most names need the first line only. Other spellings of a name are other entries. The longest names do not fit; they are read as ever.
 */
const WORDS = 32;
const LONGEST = (WORDS - 1) * 4;

/** No place. */
export const NOWHERE = -1;

/** One in so many names that find all their places taken makes those prove again that they are asked: five names for four places do not take turns. */
const PATIENCE = 16;

/** Holds the names and their octets. */
export class KnownNames {
  readonly #words = new Int32Array(PLACES * WORDS);
  readonly #names = new Array<Name | undefined>(PLACES).fill(undefined);
  /** 1: found since another name wanted its place. So a flood of names asked once takes no place of one asked often. */
  readonly #wanted = new Uint8Array(PLACES);
  /** Of the name looked for last, the hash in front, as at a place. */
  readonly #asked = new Int32Array(WORDS);
  #askedWords = 0;
  #turn = 0;
  #refused = 0;

  /** The place of the name whose wire form, without compression, is `packet[start..end)`; or NOWHERE. */
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

  /** The name at a place that `find` has just returned. */
  at(place: number): Name {
    return this.#names[place]!;
  }

  /** Keeps the `name`, of as many octets, that `find` has just not found, if there is room for it. */
  keep(name: Name): void {
    if (name.length > LONGEST) return;
    const place = this.#roomFor(this.#asked[0]!);
    if (place === NOWHERE) return;
    this.#names[place] = name;
    for (let i = 0; i < this.#askedWords; i++) this.#words[place * WORDS + i] = this.#asked[i]!;
  }

  /** Of names that nobody wanted any goes, each time from another place on: two that share one place do not push each other out for ever. */
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

  /** No name's wire form begins another's, since the root ends it: the words of the one asked for decide. */
  #holds(place: number): boolean {
    const from = place * WORDS;
    for (let i = 0; i < this.#askedWords; i++) if (this.#words[from + i] !== this.#asked[i]) return false;
    return true;
  }

  /** Takes a name's octets as words, the last filled up with zeros, and hashes them. It needs no key: names that collide only push each other out. */
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
