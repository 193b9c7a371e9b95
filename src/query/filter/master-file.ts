/** Reads a master file line by line into records (RFC 1035 section 5.1), as far as response policy zones need it. */
import { parseAddress } from '../../wire/address.ts';
import { Type, typeFromName } from '../../wire/iana.ts';
import { nameFromText, nameToWire, type Name } from '../../wire/name.ts';
import { plainRdata, rdataFits } from '../../wire/rdata-names.ts';
import { srvRdata, txtRdata } from '../../wire/rdata.ts';

export interface MasterRecord {
  readonly owner: Name;
  /** Seconds. */
  readonly ttl: number;
  readonly type: number;
  readonly rdata: Uint8Array;
}

/** What a line gave: a record; nothing yet, or nothing at all; or what is wrong with it. */
export type MasterLine = { readonly record: MasterRecord } | { readonly wrong: string } | undefined;

interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

const CLASSES: ReadonlySet<string> = new Set(['IN', 'CH', 'HS']);

/** Longer than any record in master-file text: a parenthesis left open does not gather the rest of the file. */
const LONGEST_RECORD = 262_144;

/** Holds what a line takes from those before it: origin, TTL, owner, and an open parenthesis. */
export class MasterFileReader {
  origin: Name;
  #ttl = 3600;
  #owner: Name | undefined;
  #open: Token[] | undefined;
  #openSize = 0;
  #blankOwner = false;

  constructor(origin: Name) {
    this.origin = origin;
  }

  read(text: string): MasterLine {
    // Nearly all lines of a large zone are this plain.
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
    for (const [, quoted, bare] of text.matchAll(/"((?:[^"\\]|\\.)*)"|(;.*|[()]|(?:[^\s;()"\\]|\\.)+|["\\])/g)) {
      if (bare?.startsWith(';') === true) break;
      if (bare === '(') depth++;
      else if (bare === ')') depth = Math.max(0, depth - 1);
      else tokens.push(quoted === undefined ? { text: bare!, quoted: false } : { text: quoted, quoted: true });
    }
    this.#open = depth > 0 ? tokens : undefined;
    if (this.#openSize > LONGEST_RECORD) {
      this.#open = undefined;
      return { wrong: 'a parenthesis is not closed' };
    }
    return depth > 0 || tokens.length === 0 ? undefined : this.#entry(tokens);
  }

  #entry(tokens: readonly Token[]): MasterLine {
    const first = tokens[0]!.text;
    if (first === '$TTL') {
      this.#ttl = readTtl(tokens[1]?.text ?? '') ?? this.#ttl;
      return undefined;
    }
    if (first === '$ORIGIN') {
      const origin = this.#name(tokens[1]?.text ?? '');
      if (origin === undefined) return { wrong: '$ORIGIN is not followed by a domain name' };
      this.origin = origin;
      return undefined;
    }
    if (first.startsWith('$')) return { wrong: `${first} is not known here` };
    if (!this.#blankOwner) {
      const owner = this.#name(first);
      if (owner === undefined) return { wrong: `${JSON.stringify(first.slice(0, 80))} is no domain name` };
      this.#owner = owner;
    }
    return this.#owner === undefined
      ? { wrong: 'there is no owner name' }
      : this.#record(this.#owner, tokens.slice(this.#blankOwner ? 0 : 1));
  }

  #record(owner: Name, tokens: readonly Token[]): MasterLine {
    let ttl = this.#ttl;
    let at = 0;
    for (; at < tokens.length - 1; at++) {
      const text = tokens[at]!.text;
      const given = readTtl(text);
      if (given !== undefined) ttl = given;
      else if (!CLASSES.has(text.toUpperCase())) break;
    }
    const type = typeFromName(tokens[at]?.text ?? '');
    if (type === undefined) return { wrong: `${JSON.stringify(tokens[at]?.text ?? '')} is no record type` };
    const rdata = this.#rdata(type, tokens.slice(at + 1));
    return rdata === undefined
      ? { wrong: `the data of the ${tokens[at]!.text.toUpperCase()} record is not right, or of a type not read here` }
      : { record: { owner, ttl, type, rdata } };
  }

  #rdata(type: number, fields: readonly Token[]): Uint8Array | undefined {
    const texts = fields.map((field) => field.text);
    const [first = ''] = texts;
    if (first === '\\#') return unknownRdata(type, texts.slice(1));
    const names = NAMES_BEHIND[type];
    if (type === Type.A || type === Type.AAAA) {
      const address = parseAddress(first);
      return address?.length === (type === Type.A ? 4 : 16) && texts.length === 1 ? address : undefined;
    }
    if (type === Type.TXT) return characterStrings(texts);
    if (type === Type.SOA) return new Uint8Array(0);
    if (names === undefined || texts.length !== names + 1) return undefined;
    const target = this.#name(texts[names]!);
    const numbers = texts.slice(0, names).map(Number);
    if (target === undefined || numbers.some((number) => !Number.isInteger(number) || number < 0 || number > 65535)) return undefined;
    if (type === Type.SRV) return srvRdata(numbers[0]!, numbers[1]!, numbers[2]!, target);
    return Buffer.concat([...numbers.map((number) => Uint8Array.of(number >> 8, number)), nameToWire(target)]);
  }

  #name(text: string): Name | undefined {
    if (text === '@') return this.origin;
    const name = text === '' ? undefined : nameFromText(text);
    if (name === undefined || /(^|[^\\])(\\\\)*\.$/.test(text)) return name;
    const whole = name.slice(0, -1) + this.origin;
    return whole.length > 255 ? undefined : (whole as Name);
  }
}

/** Rdata that is some numbers of two octets and then a name: how many. */
const NAMES_BEHIND: Readonly<Record<number, number>> = {
  [Type.CNAME]: 0,
  [Type.NS]: 0,
  [Type.PTR]: 0,
  [Type.DNAME]: 0,
  [Type.MX]: 1,
  [Type.SRV]: 3,
};

/** `3600`, `1h`, `1h30m`. */
function readTtl(text: string): number | undefined {
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text), 0x7fffffff);
  if (!/^(\d{1,9}[smhdw])+$/i.test(text)) return undefined;
  const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  let total = 0;
  for (const [, count, unit] of text.toLowerCase().matchAll(/(\d+)([smhdw])/g)) total += Number(count) * seconds[unit!]!;
  return Math.min(total, 0x7fffffff);
}

function characterStrings(texts: readonly string[]): Uint8Array | undefined {
  const strings = texts.map((text) =>
    text.replace(/\\(\d{3}|.)/g, (_, escaped: string) => (escaped.length === 3 ? String.fromCharCode(Number(escaped) & 0xff) : escaped)),
  );
  return strings.length === 0 || strings.some((text) => text.length > 255) ? undefined : txtRdata(...strings);
}

/** RFC 3597 section 5. Of a type that is known it must have that type's form all the same. */
function unknownRdata(type: number, [length = '', ...hex]: readonly string[]): Uint8Array | undefined {
  const digits = hex.join('');
  if (Number(length) * 2 !== digits.length || !/^[0-9a-f]*$/i.test(digits)) return undefined;
  const rdata = Buffer.from(digits, 'hex');
  const fits = type === Type.TXT ? holdsCharacterStrings(rdata) : rdataFits(rdata, type, 0, rdata.length);
  return fits ? plainRdata(rdata, type, 0, rdata.length) : undefined;
}

/** RFC 1035 section 3.3.14: one or more, and nothing behind them. */
function holdsCharacterStrings(rdata: Uint8Array): boolean {
  let at = 0;
  while (at < rdata.length) at += 1 + rdata[at]!;
  return at > 0 && at === rdata.length;
}
