/** RRsets, and the writer that makes the body of an answer from them (RFC 1035 sections 3.2 and 4.1.4). */
import type { Answer, Source } from './answer.ts';
import { Type } from './iana.ts';
import { HEADER_SIZE, MAX_MESSAGE } from './query.ts';
import { parentOf, readName, ROOT, type Name } from './name.ts';

/** An RRset whose records may be made as they are read: a large Service has more than any message holds. */
export interface LazyRRset {
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly rdata: Iterable<Uint8Array>;
}

/** The records of one type at one name (RFC 9499 section 5). Rdata is in wire form, its names uncompressed. */
export interface RRset extends LazyRRset {
  readonly rdata: readonly Uint8Array[];
}

/** Octets left free for the OPT record without options. */
const FOR_OPT = 16;

type Section = 'answers' | 'authorities' | 'additionals';

const scratch = new Uint8Array(MAX_MESSAGE);
const ends = new Uint16Array(4096);

/**
 * Writes the records of the response to `question`. Compression pointers lead into the question only, so a body stays valid when its records are
 * rotated or cut. Add sections in order. Records past 64 KiB, or past 4096, are left out; if one was for the answer section, `truncated` is set.
 */
export class BodyWriter {
  readonly #question: Name;
  readonly #counts = { answers: 0, authorities: 0, additionals: 0 };
  #size = 0;
  #records = 0;
  #rotating = 0;
  #full = false;
  #truncated = false;

  constructor(question: Name) {
    this.#question = question;
  }

  /** Whether a record was left out; all later ones are left out too. */
  get full(): boolean {
    return this.#full;
  }

  /**
   * Adds as many records of `rrset` as there is room for; in the additional section all or none (RFC 2181 section 9). A, AAAA and SRV records rotate if they
   * are the last RRset of the answer section.
   */
  addRRset(section: Section, owner: Name, rrset: LazyRRset): this {
    const before = this.#records;
    const size = this.#size;
    for (const rdata of rrset.rdata) {
      this.add(section, owner, rrset.type, rrset.ttl, rdata);
      if (this.#full) break;
    }
    if (section === 'additionals' && this.#full) {
      this.#counts.additionals -= this.#records - before;
      this.#records = before;
      this.#size = size;
    }
    if (section === 'answers' && ROTATING.has(rrset.type)) this.#rotating = this.#records - before;
    return this;
  }

  add(section: Section, owner: Name, type: number, ttl: number, rdata: Uint8Array): this {
    if (section === 'answers') this.#rotating = 0;
    const worst = owner.length + 10 + rdata.length;
    if (this.#full || this.#size + worst > MAX_MESSAGE - HEADER_SIZE - this.#question.length - FOR_OPT || this.#records === ends.length) {
      this.#full = true;
      this.#truncated ||= section === 'answers';
      return this;
    }
    let at = this.#writeName(owner, this.#size);
    at = putUint16(type, at);
    at = putUint16(1, at);
    at = putUint16(ttl >>> 16, at);
    at = putUint16(ttl & 0xffff, at);
    const end = this.#writeRdata(type, rdata, at + 2);
    putUint16(end - at - 2, at);
    this.#size = end;
    ends[this.#records++] = end;
    this.#counts[section]++;
    return this;
  }

  answer(rcode: number, authoritative: boolean, source: Source): Answer {
    return {
      rcode,
      authoritative,
      body: scratch.slice(0, this.#size),
      ...this.#counts,
      ends: ends.slice(0, this.#records),
      rotating: this.#rotating,
      truncated: this.#truncated,
      source,
    };
  }

  #writeRdata(type: number, rdata: Uint8Array, at: number): number {
    const names = NAMES_IN_RDATA[type] ?? 0;
    let read = 0;
    for (let i = 0; i < names; i++) {
      const found = readName(rdata, read);
      if (found === undefined) break;
      at = this.#writeName(found.name, at);
      read = found.end;
    }
    scratch.set(read === 0 ? rdata : rdata.subarray(read), at);
    return at + rdata.length - read;
  }

  /** Writes labels until the rest of the name is a suffix of the question's, then a pointer to it. */
  #writeName(name: Name, at: number): number {
    let rest = name;
    while (rest !== ROOT) {
      const offset = suffixOffset(this.#question, rest);
      if (offset !== -1) return putUint16(0xc000 | (HEADER_SIZE + offset), at);
      const size = 1 + rest.charCodeAt(0);
      for (let i = 0; i < size; i++) scratch[at++] = rest.charCodeAt(i);
      rest = parentOf(rest);
    }
    scratch[at++] = 0;
    return at;
  }
}

/** Types whose records are rotated between responses. */
const ROTATING: ReadonlySet<number> = new Set([Type.A, Type.AAAA, Type.SRV]);

/** Number of compressible names at the start of a type's rdata: types of RFC 1035 only (RFC 3597 section 4), so not SRV (RFC 2782). */
const NAMES_IN_RDATA: Readonly<Record<number, number>> = { [Type.NS]: 1, [Type.CNAME]: 1, [Type.PTR]: 1, [Type.SOA]: 2 };

/** Returns the offset at which the labels of `suffix` begin in `name`, or -1. */
function suffixOffset(name: Name, suffix: Name): number {
  const offset = name.length - suffix.length;
  if (offset < 0 || !name.endsWith(suffix)) return -1;
  let at = 0;
  while (at < offset) at += 1 + name.charCodeAt(at);
  return at === offset ? offset : -1;
}

function putUint16(value: number, at: number): number {
  scratch[at] = value >> 8;
  scratch[at + 1] = value;
  return at + 2;
}
