/** Cached answers in a fixed number of bytes: a hash index over two byte rings, with S3-FIFO deciding what stays (docs/decisions: cache in a byte ring). */
import type { Random } from '../../clock.ts';
import type { Answer } from '../../wire/answer.ts';
import type { Name } from '../../wire/name.ts';
import { hashName } from '../hashes.ts';
import type { Kind } from './options.ts';
import { entryWords, EntryMemory, type Entry } from './entry-memory.ts';
import { Ring } from './ring.ts';

/** An entry as queries find it. Valid only until the next `put` or `remove`: do not keep it. */
export interface Held {
  readonly name: Name;
  readonly key: number;
  /** Its position in memory. */
  at: number;
  /** The answer to serve: the stale one once the entry has expired (only one of the two is kept in memory). */
  answer: Answer;
  /** Whether it was looked up since another entry last wanted its place among the ready answers. */
  wanted: boolean;
}

/** Octets of memory per slot of the index, which is what a small answer takes; and per ready answer. */
const PER_SLOT = 128;
const PER_READY = 4096;
/** Octets. Larger answers are read from memory at each hit, so that the ready ones stay within their share of the memory. */
const MAX_READY_BODY = 512;
/** The fraction of the memory for the ready answers. */
const READY = 0.2;
/** The fraction of the rings' memory for the small queue, of entries not hit yet: S3-FIFO's tenth. */
const SMALL = 0.1;
/** How many entries one insertion may give another round before it evicts whatever is next: it bounds the time of an insertion. */
const MAX_SPARED = 32;

export interface StoreOptions {
  /** Octets in total. */
  readonly bytes: number;
  /** How long an expired answer may still be served, ms. */
  readonly keepStale: number;
  readonly authoritative: boolean;
}

/**
 * S3-FIFO: new entries enter a small queue. At its end, entries that were hit move to the main queue; the rest leave, and are remembered as a
 * fingerprint, so that they enter the main queue at once if they return. There, an entry that was hit gets another round.
 */
export class Store {
  readonly memory: EntryMemory;
  readonly entries: [positive: number, negative: number, failure: number] = [0, 0, 0];
  #options: StoreOptions;
  readonly #small: Ring;
  readonly #main: Ring;
  readonly #index: Uint32Array;
  readonly #ghosts: Uint32Array;
  readonly #ready: (Held | undefined)[];
  readonly #seed: number;
  readonly #tables: number;
  readonly #evicted: (kind: Kind) => void;
  #live = 0;

  /** `random` seeds the hash, so that an attacker cannot choose names that fall into one bucket. */
  constructor(options: StoreOptions, random: Random, evicted: (kind: Kind) => void) {
    this.#options = options;
    this.#evicted = evicted;
    this.#seed = Math.floor(random() * 0x7fffffff);
    const slots = powerOfTwo(options.bytes / PER_SLOT);
    this.#index = new Uint32Array(slots);
    this.#ghosts = new Uint32Array(slots);
    const ready = Math.max(2, powerOfTwo(options.bytes / PER_READY));
    this.#ready = new Array<Held | undefined>(ready).fill(undefined);
    this.#tables = slots * 8 + Math.floor(options.bytes * READY);
    const words = Math.max(2, Math.floor((options.bytes - this.#tables) / 8));
    this.memory = new EntryMemory(words * 8);
    const border = 1 + Math.floor((words - 1) * SMALL);
    this.#small = new Ring(1, border);
    this.#main = new Ring(border, words);
  }

  /** Takes options of the same size. */
  configure(options: StoreOptions): void {
    this.#options = options;
    // They were made by the earlier options.
    this.#ready.fill(undefined);
  }

  /** Octets in use, by live entries and by the tables. */
  get used(): number {
    return this.#live * 8 + this.#tables;
  }

  find(name: Name, key: number): Held | undefined {
    const hash = this.#hash(name, key);
    const slot = this.#readySlot(hash, name, key);
    const ready = this.#ready[slot];
    if (ready !== undefined && ready.key === key && ready.name === name) {
      ready.wanted = true;
      return ready;
    }
    const at = this.#locate(hash, name, key);
    if (at === 0) return undefined;
    const held = { name, key, at, answer: this.memory.read(at, this.#options.authoritative), wanted: true };
    if (ready?.wanted === true) ready.wanted = false;
    else if (held.answer.body.length <= MAX_READY_BODY) this.#ready[slot] = held;
    return held;
  }

  /** Stores an answer, replacing an earlier one; returns false if it is too large for this cache. */
  put(entry: Entry, now: number): boolean {
    const { name, key, kept } = entry;
    const hash = this.#hash(name, key);
    const words = entryWords(name, kept.answer);
    const before = this.#locate(hash, name, key);
    if (before !== 0 && words <= this.memory.size(before)) {
      this.#forget(before);
      this.entries[this.memory.kind(before)]--;
      this.entries[kept.kind]++;
      this.memory.write(before, this.memory.size(before), entry);
      return true;
    }
    const known = before !== 0 ? this.#main.contains(before) || this.memory.freq(before) > 0 : this.#isGhost(hash);
    if (before !== 0) this.#unlink(before);
    const ring = known ? this.#main : this.#small;
    if (words > (ring.end - ring.start) / 4) return false;
    let at: number;
    for (let spared = 0; (at = ring.reserve(words)) === -1;) if (this.#makeRoom(ring, now, spared < MAX_SPARED)) spared++;
    this.memory.write(at, words, entry);
    this.memory.setFreq(at, 0);
    this.#link(at, hash);
    return true;
  }

  remove(name: Name, key: number): void {
    const at = this.#locate(this.#hash(name, key), name, key);
    if (at !== 0) this.#unlink(at);
  }

  removeAt(at: number): void {
    this.#unlink(at);
  }

  /** Clock.monotonic() from which an entry may not even be served stale. */
  endsAt(at: number): number {
    return this.memory.expires(at) + this.#options.keepStale;
  }

  /** Yields the positions of all entries, each queue from its oldest. The current entry may be removed. */
  *positions(): Iterable<number> {
    for (const ring of [this.#small, this.#main]) {
      for (const at of ring.positions((position) => this.memory.size(position))) if (!this.memory.isDead(at)) yield at;
    }
  }

  /** Evicts the oldest entry of `ring`, or moves it within or to the main queue; returns whether it stays in the cache. */
  #makeRoom(ring: Ring, now: number, mayStay: boolean): boolean {
    const { memory } = this;
    const at = ring.tail;
    const words = memory.size(at);
    if (memory.isDead(at)) {
      ring.release(words);
      return false;
    }
    const useless = now >= this.endsAt(at);
    const freq = memory.freq(at);
    if (!useless && mayStay && freq > 0 && ring === this.#main) {
      memory.setFreq(at, freq - 1);
      ring.release(words);
      this.#move(at, ring.reserve(words));
      return true;
    }
    if (!useless && ring === this.#small && this.#promote(at, words, freq > 0 && mayStay, now)) {
      ring.release(words);
      return true;
    }
    if (ring === this.#small && !useless) this.#ghosts[this.#ghostSlot(memory.hash(at))] = memory.hash(at);
    this.#evicted(memory.kind(at));
    this.#unlink(at);
    ring.release(words);
    return false;
  }

  /** Moves an entry of the small queue to the main one: always if it was hit, otherwise only while there is free room. */
  #promote(at: number, words: number, hit: boolean, now: number): boolean {
    if (words > (this.#main.end - this.#main.start) / 4) return false;
    let to = this.#main.reserve(words);
    for (let spared = 0; hit && to === -1; to = this.#main.reserve(words)) {
      if (this.#makeRoom(this.#main, now, spared < MAX_SPARED)) spared++;
    }
    if (to === -1) return false;
    this.memory.setFreq(at, 0);
    this.#move(at, to);
    return true;
  }

  #move(from: number, to: number): void {
    const { memory } = this;
    const hash = memory.hash(from);
    const previous = this.#before(from, hash);
    const ready = this.#readyAt(from);
    memory.copy(from, to);
    if (previous === 0) this.#index[this.#slot(hash)] = to;
    else memory.setNext(previous, to);
    if (ready !== undefined) ready.at = to;
  }

  #link(at: number, hash: number): void {
    const slot = this.#slot(hash);
    this.memory.setHash(at, hash);
    this.memory.setNext(at, this.#index[slot]!);
    this.#index[slot] = at;
    this.entries[this.memory.kind(at)]++;
    this.#live += this.memory.size(at);
  }

  #unlink(at: number): void {
    const { memory } = this;
    const hash = memory.hash(at);
    const previous = this.#before(at, hash);
    if (previous === 0) this.#index[this.#slot(hash)] = memory.next(at);
    else memory.setNext(previous, memory.next(at));
    this.#forget(at);
    memory.kill(at);
    this.entries[memory.kind(at)]--;
    this.#live -= memory.size(at);
  }

  /** Drops the ready answer of an entry. */
  #forget(at: number): void {
    const slot = this.memory.hash(at) & (this.#ready.length - 1);
    if (this.#ready[slot]?.at === at) this.#ready[slot] = undefined;
    else if (this.#ready[slot ^ 1]?.at === at) this.#ready[slot ^ 1] = undefined;
  }

  /** The ready answer of an entry. */
  #readyAt(at: number): Held | undefined {
    const slot = this.memory.hash(at) & (this.#ready.length - 1);
    return [this.#ready[slot], this.#ready[slot ^ 1]].find((ready) => ready?.at === at);
  }

  /** Returns the slot of a ready answer, or one it may take: each has two, so that two that share a slot do not push each other out for ever. */
  #readySlot(hash: number, name: Name, key: number): number {
    const slot = hash & (this.#ready.length - 1);
    const first = this.#ready[slot];
    if (first !== undefined && first.key === key && first.name === name) return slot;
    const second = this.#ready[slot ^ 1];
    if (second !== undefined && second.key === key && second.name === name) return slot ^ 1;
    if (first === undefined) return slot;
    if (second === undefined) return slot ^ 1;
    return first.wanted ? slot ^ 1 : slot;
  }

  /** Returns the entry that links to `at`; 0 if the index does. */
  #before(at: number, hash: number): number {
    let previous = 0;
    for (let other = this.#index[this.#slot(hash)]!; other !== at; other = this.memory.next(other)) previous = other;
    return previous;
  }

  #locate(hash: number, name: Name, key: number): number {
    let at = this.#index[this.#slot(hash)]!;
    while (at !== 0 && !(this.memory.hash(at) === hash && this.memory.matches(at, name, key))) at = this.memory.next(at);
    return at;
  }

  #slot(hash: number): number {
    return hash & (this.#index.length - 1);
  }

  /** Uses other bits of the hash than the index, so that a fingerprint tells more than its slot. */
  #ghostSlot(hash: number): number {
    return (hash >>> 7) & (this.#ghosts.length - 1);
  }

  #isGhost(hash: number): boolean {
    return this.#ghosts[this.#ghostSlot(hash)] === hash;
  }

  #hash(name: Name, key: number): number {
    return hashName(name, this.#seed ^ key);
  }
}

/** Returns the greatest power of two up to `limit`, at least 1. */
function powerOfTwo(limit: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(limit)));
}
