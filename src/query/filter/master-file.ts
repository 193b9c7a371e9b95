/** Reads the records of a master file line by line (RFC 1035 section 5.1), as far as response policy zones need it. */
import { Type, typeFromName } from '../../wire/iana.ts';
import { nameFromText, type Name } from '../../wire/name.ts';
import { generated } from './generate.ts';
import { rdataFromText, type Token } from './rdata-from-text.ts';

export interface MasterRecord {
  readonly owner: Name;
  /** Seconds. */
  readonly ttl: number;
  readonly type: number;
  /** Undefined if invalid or of an unsupported type; empty for an SOA, whose data is not read. */
  readonly rdata: Uint8Array | undefined;
}

/** Result of a line: a record, the lines that it expands to, an error, or undefined for an unfinished record or a line that holds none. */
export type MasterLine = { readonly record: MasterRecord } | { readonly lines: Iterable<string> } | { readonly wrong: string } | undefined;

const CLASSES: ReadonlySet<string> = new Set(['IN', 'CH', 'HS']);

const NO_DATA = new Uint8Array(0);

/** Most characters in parentheses: more than any record has, so that a parenthesis left open does not collect the rest of the file. */
const LONGEST_RECORD = 262_144;
/** What is wrong with a record that is longer, or that continues to the end of the file. */
export const NOT_CLOSED = 'a parenthesis is not closed: what follows is left out';

/** Holds what a line inherits from those before it: origin, TTL, owner and an open parenthesis. */
export class MasterFileReader {
  origin: Name;
  /** Given by $TTL (RFC 2308 section 4) or, as in BIND, by the minimum of an SOA record where no TTL is stated at all. */
  #defaultTtl: number | undefined;
  /** Last stated by a record, which others inherit where there is no $TTL (RFC 1035 section 5.1). */
  #statedTtl = 3600;
  #owner: Name | undefined;
  #open: Token[] | undefined;
  #openSize = 0;
  #blankOwner = false;

  constructor(origin: Name) {
    this.origin = origin;
  }

  /** Whether the current record continues on the next line. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  read(text: string): MasterLine {
    // The fast path, which nearly all lines of a large zone take.
    if (this.#open === undefined && !/["();\\$]/.test(text)) {
      this.#blankOwner = text.startsWith(' ') || text.startsWith('\t');
      const words = text.trim().split(/[ \t]+/);
      return words[0] === '' ? undefined : this.#entry(words.map((word) => ({ text: word, quoted: false })));
    }
    return this.#readTokens(text);
  }

  #readTokens(text: string): MasterLine {
    const tokens = this.#open ?? [];
    if (this.#open === undefined) this.#blankOwner = /^[ \t]/.test(text);
    let depth = this.#open === undefined ? 0 : 1;
    this.#openSize = this.#open === undefined ? 0 : this.#openSize + text.length;
    for (const [, quoted, bare] of text.matchAll(
      /"((?:[^"\\]|\\.)*)"|(;.*|[()]|(?:[^\s;()"\\]|\\.)+(?:(?<==)"(?:[^"\\]|\\.)*")?|["\\])/g,
    )) {
      if (bare?.startsWith(';') === true) break;
      if (bare === '(') depth++;
      else if (bare === ')') depth = Math.max(0, depth - 1);
      else tokens.push(quoted === undefined ? { text: bare!, quoted: false } : { text: quoted, quoted: true });
    }
    this.#open = depth > 0 ? tokens : undefined;
    if (this.#openSize > LONGEST_RECORD) {
      this.#open = undefined;
      return { wrong: NOT_CLOSED };
    }
    return depth > 0 || tokens.length === 0 ? undefined : this.#entry(tokens);
  }

  #entry(tokens: readonly Token[]): MasterLine {
    const first = tokens[0]!.text;
    if (first.startsWith('$')) return this.#directive(first.toUpperCase(), tokens.slice(1));
    if (!this.#blankOwner) {
      const owner = this.#name(first);
      if (owner === undefined) return { wrong: `${JSON.stringify(first.slice(0, 80))} is no domain name` };
      this.#owner = owner;
    }
    return this.#owner === undefined
      ? { wrong: 'there is no owner name' }
      : this.#record(this.#owner, tokens.slice(this.#blankOwner ? 0 : 1));
  }

  #directive(name: string, given: readonly Token[]): MasterLine {
    const [first = ''] = given.map(({ text }) => text);
    if (name === '$TTL') {
      this.#defaultTtl = readTtl(first) ?? this.#defaultTtl;
      return undefined;
    }
    if (name === '$ORIGIN') {
      const origin = this.#name(first);
      if (origin === undefined) return { wrong: '$ORIGIN is not followed by a domain name' };
      this.origin = origin;
      return undefined;
    }
    if (name !== '$GENERATE') return { wrong: `${name} is not known here` };
    // As in BIND, quoted data is split into its words: MX "10 mail$".
    const lines = generated(given.map(({ text }) => text));
    return 'wrong' in lines ? lines : { lines };
  }

  #record(owner: Name, tokens: readonly Token[]): MasterLine {
    let stated: number | undefined;
    let at = 0;
    for (; at < tokens.length - 1; at++) {
      const text = tokens[at]!.text;
      const given = readTtl(text);
      if (given !== undefined) stated = this.#statedTtl = given;
      else if (!CLASSES.has(text.toUpperCase())) break;
    }
    const type = typeFromName(tokens[at]?.text ?? '');
    if (type === undefined) return { wrong: `${JSON.stringify(tokens[at]?.text ?? '')} is no record type` };
    if (type === Type.SOA && stated === undefined) this.#defaultTtl ??= readTtl(tokens.at(-1)!.text);
    const ttl = stated ?? this.#defaultTtl ?? this.#statedTtl;
    const rdata = type === Type.SOA ? NO_DATA : rdataFromText(type, tokens.slice(at + 1), (text) => this.#name(text));
    return { record: { owner, ttl, type, rdata } };
  }

  #name(text: string): Name | undefined {
    if (text === '@') return this.origin;
    const name = text === '' ? undefined : nameFromText(text);
    if (name === undefined || /(^|[^\\])(\\\\)*\.$/.test(text)) return name;
    const whole = name.slice(0, -1) + this.origin;
    return whole.length > 255 ? undefined : (whole as Name);
  }
}

/** Longer TTLs are none, and count as 0 (RFC 2181 section 8). */
const MAX_TTL = 0x7fffffff;

/** Reads a TTL such as `3600`, `1h` or `1h30m`, in seconds. */
function readTtl(text: string): number | undefined {
  if (/^\d{1,10}$/.test(text)) return withinLimit(Number(text));
  if (!/^(\d{1,9}[smhdw])+$/i.test(text)) return undefined;
  const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  let total = 0;
  for (const [, count, unit] of text.toLowerCase().matchAll(/(\d+)([smhdw])/g)) total += Number(count) * seconds[unit!]!;
  return withinLimit(total);
}

function withinLimit(ttl: number): number {
  return ttl > MAX_TTL ? 0 : ttl;
}
