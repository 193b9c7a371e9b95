/** The form of a cached answer in memory: one run of octets a record, so that millions of them come and go without work for the garbage collector. */
import type { Answer } from '../../wire/answer.ts';
import { Source } from '../../wire/answer.ts';
import type { Name } from '../../wire/name.ts';
import type { Kind } from './options.ts';
import type { Keepable } from './lifetime.ts';

/*
 * In words of 8 octets; what varies in length stands behind, octet by octet:
 *   0  size in words (u16), freq (u8), dead (u8), hash (u32)
 *   1  expires (f64)      2  askAt (f64)      3  since (f64)
 *   4  next (u32), key (u32)
 *   5  hits, rcode, answers, authorities (u16)
 *   6  additionals, rotating, length of body, extended error (u16)
 *   7  length of name, length of the error's text, kind, flags (u8), then ends (u16), TTL offsets (u16), name, body, text
 */
const FIXED = 60;
const NO_ERROR = 0xffff;
/** Flags. */
const AUTHENTIC = 1;
const LEADS_ON = 2;

/** Records are addressed by the word at which they begin. Times are Clock.monotonic(), ms. Word 0 is never a record. */
export class Records {
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
    return this.#u16[at * 4]!;
  }

  /** Hits since it was last considered for eviction, up to 3. */
  freq(at: number): number {
    return this.#u8[at * 8 + 2]!;
  }

  setFreq(at: number, freq: number): void {
    this.#u8[at * 8 + 2] = freq;
  }

  isDead(at: number): boolean {
    return this.#u8[at * 8 + 3] !== 0;
  }

  kill(at: number): void {
    this.#u8[at * 8 + 3] = 1;
  }

  hash(at: number): number {
    return this.#u32[at * 2 + 1]!;
  }

  expires(at: number): number {
    return this.#f64[at + 1]!;
  }

  /** Until then the record is served without asking anyone; then a question may prefetch or renew it. */
  askAt(at: number): number {
    return this.#f64[at + 2]!;
  }

  setAskAt(at: number, time: number): void {
    this.#f64[at + 2] = time;
  }

  /** The next record of the same bucket; 0: none. */
  next(at: number): number {
    return this.#u32[at * 2 + 8]!;
  }

  setNext(at: number, next: number): void {
    this.#u32[at * 2 + 8] = next;
  }

  key(at: number): number {
    return this.#u32[at * 2 + 9]!;
  }

  hits(at: number): number {
    return this.#u16[at * 4 + 20]!;
  }

  countHit(at: number): void {
    const hits = this.#u16[at * 4 + 20]!;
    if (hits < 0xffff) this.#u16[at * 4 + 20] = hits + 1;
    const freq = this.#u8[at * 8 + 2]!;
    if (freq < 3) this.#u8[at * 8 + 2] = freq + 1;
  }

  rcode(at: number): number {
    return this.#u16[at * 4 + 21]!;
  }

  kind(at: number): Kind {
    return this.#u8[at * 8 + 58] as Kind;
  }

  bodyLength(at: number): number {
    return this.#u16[at * 4 + 26]!;
  }

  name(at: number): Name {
    const start = this.#nameStart(at);
    return this.#u8.toString('latin1', start, start + this.#u8[at * 8 + 56]!) as Name;
  }

  matches(at: number, name: Name, key: number): boolean {
    if (this.key(at) !== key || this.#u8[at * 8 + 56] !== name.length) return false;
    const start = this.#nameStart(at);
    for (let i = 0; i < name.length; i++) if (this.#u8[start + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  /** Writes a record of `words` words at `at`. The caller sets `hash`, `next` and `freq`. */
  write(at: number, words: number, name: Name, key: number, kept: Keepable, expires: number, askAt: number): void {
    const { answer, kind } = kept;
    const error = answer.extendedError;
    const text = error?.text.slice(0, 255) ?? '';
    this.#u16[at * 4] = words;
    this.#u8[at * 8 + 3] = 0;
    this.#f64[at + 1] = expires;
    this.#f64[at + 2] = askAt;
    this.#f64[at + 3] = kept.since;
    this.#u32[at * 2 + 9] = key;
    const u16 = at * 4 + 20;
    this.#u16[u16] = 0;
    this.#u16[u16 + 1] = answer.rcode;
    this.#u16[u16 + 2] = answer.answers;
    this.#u16[u16 + 3] = answer.authorities;
    this.#u16[u16 + 4] = answer.additionals;
    this.#u16[u16 + 5] = answer.rotating;
    this.#u16[u16 + 6] = answer.body.length;
    this.#u16[u16 + 7] = error?.code ?? NO_ERROR;
    const u8 = at * 8 + 56;
    this.#u8[u8] = name.length;
    this.#u8[u8 + 1] = text.length;
    this.#u8[u8 + 2] = kind;
    this.#u8[u8 + 3] = (answer.authenticData === true ? AUTHENTIC : 0) | (answer.leadsOn === true ? LEADS_ON : 0);
    const records = answer.answers + answer.authorities + answer.additionals;
    const ends = at * 4 + FIXED / 2;
    for (let i = 0; i < records; i++) {
      this.#u16[ends + i] = answer.ends[i]!;
      this.#u16[ends + records + i] = kept.ttlOffsets[i]!;
    }
    let byte = at * 8 + FIXED + records * 4;
    for (let i = 0; i < name.length; i++) this.#u8[byte++] = name.charCodeAt(i);
    this.#u8.set(answer.body, byte);
    byte += answer.body.length;
    for (let i = 0; i < text.length; i++) this.#u8[byte++] = text.charCodeAt(i);
  }

  copy(from: number, to: number): void {
    if (from !== to) this.#f64.copyWithin(to, from, from + this.size(from));
  }

  /** The answer, in memory of its own: the record may move or end while the answer is used. */
  read(at: number, authoritative: boolean): Answer {
    const u16 = at * 4 + 20;
    const answers = this.#u16[u16 + 2]!;
    const authorities = this.#u16[u16 + 3]!;
    const additionals = this.#u16[u16 + 4]!;
    const records = answers + authorities + additionals;
    const ends = at * 4 + FIXED / 2;
    const bodyStart = at * 8 + FIXED + records * 4 + this.#u8[at * 8 + 56]!;
    const bodyEnd = bodyStart + this.bodyLength(at);
    const code = this.#u16[u16 + 7]!;
    return {
      rcode: this.#u16[u16 + 1]!,
      authoritative,
      body: new Uint8Array(this.#u8.subarray(bodyStart, bodyEnd)),
      answers,
      authorities,
      additionals,
      ends: this.#numbers(ends, records),
      rotating: this.#u16[u16 + 5]!,
      ageing: { since: this.#f64[at + 3]!, ttlOffsets: this.#numbers(ends + records, records) },
      extendedError: code === NO_ERROR ? undefined : { code, text: this.#u8.toString('latin1', bodyEnd, bodyEnd + this.#u8[at * 8 + 57]!) },
      authenticData: (this.#u8[at * 8 + 59]! & AUTHENTIC) !== 0,
      leadsOn: (this.#u8[at * 8 + 59]! & LEADS_ON) !== 0,
      truncated: undefined,
      source: Source.cache,
    };
  }

  setHash(at: number, hash: number): void {
    this.#u32[at * 2 + 1] = hash;
  }

  /** In a plain array, which takes a quarter of the memory of a typed one that holds two numbers. */
  #numbers(from: number, count: number): number[] {
    const numbers = new Array<number>(count);
    for (let i = 0; i < count; i++) numbers[i] = this.#u16[from + i]!;
    return numbers;
  }

  #nameStart(at: number): number {
    const u16 = at * 4 + 22;
    return at * 8 + FIXED + 4 * (this.#u16[u16]! + this.#u16[u16 + 1]! + this.#u16[u16 + 2]!);
  }
}

/** Words that an answer takes. */
export function recordWords(name: Name, answer: Answer): number {
  const records = answer.answers + answer.authorities + answer.additionals;
  const text = Math.min(255, answer.extendedError?.text.length ?? 0);
  return Math.ceil((FIXED + records * 4 + name.length + answer.body.length + text) / 8);
}
