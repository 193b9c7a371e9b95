/** Cached answers serialized into one buffer, a run of octets each, so that millions of them come and go without work for the garbage collector. */
import { Source, type Answer } from '../../wire/answer.ts';
import type { Name } from '../../wire/name.ts';
import type { Keepable } from './lifetime.ts';
import type { Kind } from './options.ts';

/*
 * An entry begins at a word of 8 octets and has a fixed part of 60 octets. After it: the end of each record of the answer (u16), the offset of each
 * record's TTL (u16), then without alignment the name, the body and the text of the extended error. The offsets of the fixed part's fields, in units
 * of the field's size:
 */
const FIXED = 60;
/** u16. */
const SIZE = 0;
const HITS = 20;
const RCODE = 21;
const ANSWERS = 22;
const AUTHORITIES = 23;
const ADDITIONALS = 24;
const ROTATING = 25;
const BODY_LENGTH = 26;
const ERROR_CODE = 27;
/** u8. */
const FREQUENCY = 2;
const DEAD = 3;
const NAME_LENGTH = 56;
const TEXT_LENGTH = 57;
const KIND = 58;
const FLAGS = 59;
/** u32. */
const HASH = 1;
const NEXT = 8;
const KEY = 9;
/** f64. */
const EXPIRES = 1;
const ASK_AT = 2;
const SINCE = 3;

const NO_ERROR = 0xffff;
const MOST_TEXT = 255;
/** Hits are counted up to this. */
export const MOST_HITS = 0xffff;
/** Flags. */
const AUTHENTIC = 1;
const LEADS_ON = 2;

/** An answer with what is stored beside it. Times are Clock.monotonic(), ms. */
export interface Entry {
  readonly name: Name;
  readonly key: number;
  readonly kept: Keepable;
  readonly expires: number;
  /** Until then the entry is served without asking upstreams; after that, a query may prefetch or renew it. */
  readonly askAt: number;
}

/** Entries are addressed by the word at which they begin. Word 0 is never an entry. */
export class EntryMemory {
  readonly #f64: Float64Array;
  readonly #u32: Uint32Array;
  readonly #u16: Uint16Array;
  readonly #u8: Buffer;

  constructor(bytes: number) {
    const memory = new ArrayBuffer(bytes);
    this.#f64 = new Float64Array(memory);
    this.#u32 = new Uint32Array(memory);
    this.#u16 = new Uint16Array(memory);
    this.#u8 = Buffer.from(memory);
  }

  size(at: number): number {
    return this.#u16[at * 4 + SIZE]!;
  }

  /** Hits, counted up to 3; another round in the main queue takes one off, and the move to the main queue resets it. */
  freq(at: number): number {
    return this.#u8[at * 8 + FREQUENCY]!;
  }

  setFreq(at: number, freq: number): void {
    this.#u8[at * 8 + FREQUENCY] = freq;
  }

  isDead(at: number): boolean {
    return this.#u8[at * 8 + DEAD] !== 0;
  }

  kill(at: number): void {
    this.#u8[at * 8 + DEAD] = 1;
  }

  hash(at: number): number {
    return this.#u32[at * 2 + HASH]!;
  }

  expires(at: number): number {
    return this.#f64[at + EXPIRES]!;
  }

  askAt(at: number): number {
    return this.#f64[at + ASK_AT]!;
  }

  setAskAt(at: number, time: number): void {
    this.#f64[at + ASK_AT] = time;
  }

  /** The next entry of the same bucket; 0: none. */
  next(at: number): number {
    return this.#u32[at * 2 + NEXT]!;
  }

  setNext(at: number, next: number): void {
    this.#u32[at * 2 + NEXT] = next;
  }

  key(at: number): number {
    return this.#u32[at * 2 + KEY]!;
  }

  hits(at: number): number {
    return this.#u16[at * 4 + HITS]!;
  }

  countHits(at: number, count: number): void {
    const hits = this.#u16[at * 4 + HITS]!;
    if (hits < MOST_HITS) this.#u16[at * 4 + HITS] = Math.min(MOST_HITS, hits + count);
    const freq = this.#u8[at * 8 + FREQUENCY]!;
    if (freq < 3) this.#u8[at * 8 + FREQUENCY] = Math.min(3, freq + count);
  }

  rcode(at: number): number {
    return this.#u16[at * 4 + RCODE]!;
  }

  kind(at: number): Kind {
    return this.#u8[at * 8 + KIND] as Kind;
  }

  bodyLength(at: number): number {
    return this.#u16[at * 4 + BODY_LENGTH]!;
  }

  name(at: number): Name {
    const start = this.#nameStart(at);
    return this.#u8.toString('latin1', start, start + this.#u8[at * 8 + NAME_LENGTH]!) as Name;
  }

  matches(at: number, name: Name, key: number): boolean {
    if (this.key(at) !== key || this.#u8[at * 8 + NAME_LENGTH] !== name.length) return false;
    const start = this.#nameStart(at);
    for (let i = 0; i < name.length; i++) if (this.#u8[start + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  /** Writes an entry of `words` words at `at`. The caller sets hash, next and frequency. */
  write(at: number, words: number, { name, key, kept, expires, askAt }: Entry): void {
    const { answer, kind } = kept;
    const error = answer.extendedError;
    const text = error?.text.slice(0, MOST_TEXT) ?? '';
    const [u8, u16] = [at * 8, at * 4];
    this.#u16[u16 + SIZE] = words;
    this.#u8[u8 + DEAD] = 0;
    this.#f64[at + EXPIRES] = expires;
    this.#f64[at + ASK_AT] = askAt;
    this.#f64[at + SINCE] = kept.since;
    this.#u32[at * 2 + KEY] = key;
    this.#u16[u16 + HITS] = 0;
    this.#u16[u16 + RCODE] = answer.rcode;
    this.#u16[u16 + ANSWERS] = answer.answers;
    this.#u16[u16 + AUTHORITIES] = answer.authorities;
    this.#u16[u16 + ADDITIONALS] = answer.additionals;
    this.#u16[u16 + ROTATING] = answer.rotating;
    this.#u16[u16 + BODY_LENGTH] = answer.body.length;
    this.#u16[u16 + ERROR_CODE] = error?.code ?? NO_ERROR;
    this.#u8[u8 + NAME_LENGTH] = name.length;
    this.#u8[u8 + TEXT_LENGTH] = text.length;
    this.#u8[u8 + KIND] = kind;
    this.#u8[u8 + FLAGS] = (answer.authenticData === true ? AUTHENTIC : 0) | (answer.leadsOn === true ? LEADS_ON : 0);
    const records = recordsOf(answer);
    const ends = u16 + FIXED / 2;
    for (let i = 0; i < records; i++) {
      this.#u16[ends + i] = answer.ends[i]!;
      this.#u16[ends + records + i] = kept.ttlOffsets[i]!;
    }
    let byte = u8 + FIXED + records * 4;
    for (let i = 0; i < name.length; i++) this.#u8[byte++] = name.charCodeAt(i);
    this.#u8.set(answer.body, byte);
    byte += answer.body.length;
    for (let i = 0; i < text.length; i++) this.#u8[byte++] = text.charCodeAt(i);
  }

  copy(from: number, to: number): void {
    if (from !== to) this.#f64.copyWithin(to, from, from + this.size(from));
  }

  /** Returns a copy of the answer: the entry may move or be overwritten while the answer is in use. */
  read(at: number, authoritative: boolean): Answer {
    const [u8, u16] = [at * 8, at * 4];
    const records = this.#records(at);
    const ends = u16 + FIXED / 2;
    const bodyStart = this.#nameStart(at) + this.#u8[u8 + NAME_LENGTH]!;
    const bodyEnd = bodyStart + this.bodyLength(at);
    const code = this.#u16[u16 + ERROR_CODE]!;
    const flags = this.#u8[u8 + FLAGS]!;
    return {
      rcode: this.rcode(at),
      authoritative,
      body: new Uint8Array(this.#u8.subarray(bodyStart, bodyEnd)),
      answers: this.#u16[u16 + ANSWERS]!,
      authorities: this.#u16[u16 + AUTHORITIES]!,
      additionals: this.#u16[u16 + ADDITIONALS]!,
      ends: this.#numbers(ends, records),
      rotating: this.#u16[u16 + ROTATING]!,
      ageing: { since: this.#f64[at + SINCE]!, ttlOffsets: this.#numbers(ends + records, records) },
      extendedError:
        code === NO_ERROR ? undefined : { code, text: this.#u8.toString('latin1', bodyEnd, bodyEnd + this.#u8[u8 + TEXT_LENGTH]!) },
      authenticData: (flags & AUTHENTIC) !== 0,
      leadsOn: (flags & LEADS_ON) !== 0,
      truncated: undefined,
      source: Source.cache,
    };
  }

  setHash(at: number, hash: number): void {
    this.#u32[at * 2 + HASH] = hash;
  }

  /** Returns a plain array: for two numbers it takes a quarter of the memory of a typed array. */
  #numbers(from: number, count: number): number[] {
    const numbers = new Array<number>(count);
    for (let i = 0; i < count; i++) numbers[i] = this.#u16[from + i]!;
    return numbers;
  }

  #nameStart(at: number): number {
    return at * 8 + FIXED + 4 * this.#records(at);
  }

  #records(at: number): number {
    const u16 = at * 4;
    return this.#u16[u16 + ANSWERS]! + this.#u16[u16 + AUTHORITIES]! + this.#u16[u16 + ADDITIONALS]!;
  }
}

/** Returns how many words the entry of an answer takes. */
export function entryWords(name: Name, answer: Answer): number {
  const text = Math.min(MOST_TEXT, answer.extendedError?.text.length ?? 0);
  return Math.ceil((FIXED + recordsOf(answer) * 4 + name.length + answer.body.length + text) / 8);
}

function recordsOf({ answers, authorities, additionals }: Answer): number {
  return answers + authorities + additionals;
}
