/** Converts rdata from master-file text to wire form: each type is a list of fields (RFC 1035 section 5.1 and the types' own RFCs). */
import { Type } from '../../wire/iana.ts';
import { nameToWire, type Name } from '../../wire/name.ts';
import { plainRdata, rdataFits } from '../../wire/rdata-names.ts';
import { svcParams } from './svc-params.ts';
import { addressFrom, uint16, unescaped } from './text-values.ts';

export interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

/** A `rest` field takes all remaining tokens, so it comes last. */
type Field =
  'uint8' | 'uint16' | 'ipv4' | 'ipv6' | 'name' | 'string' | 'text' | 'rest strings' | 'rest hex' | 'rest base64' | 'rest params';

const FIELDS: Readonly<Record<number, readonly Field[]>> = {
  [Type.A]: ['ipv4'],
  [Type.AAAA]: ['ipv6'],
  [Type.CNAME]: ['name'],
  [Type.NS]: ['name'],
  [Type.PTR]: ['name'],
  [Type.DNAME]: ['name'],
  [Type.MX]: ['uint16', 'name'],
  [Type.AFSDB]: ['uint16', 'name'],
  [Type.KX]: ['uint16', 'name'],
  [Type.RP]: ['name', 'name'],
  [Type.SRV]: ['uint16', 'uint16', 'uint16', 'name'],
  [Type.NAPTR]: ['uint16', 'uint16', 'string', 'string', 'string', 'name'],
  [Type.HINFO]: ['string', 'string'],
  [Type.TXT]: ['rest strings'],
  [Type.SPF]: ['rest strings'],
  [Type.CAA]: ['uint8', 'string', 'text'],
  [Type.URI]: ['uint16', 'uint16', 'text'],
  [Type.SVCB]: ['uint16', 'name', 'rest params'],
  [Type.HTTPS]: ['uint16', 'name', 'rest params'],
  [Type.DS]: ['uint16', 'uint8', 'uint8', 'rest hex'],
  [Type.CDS]: ['uint16', 'uint8', 'uint8', 'rest hex'],
  [Type.DNSKEY]: ['uint16', 'uint8', 'uint8', 'rest base64'],
  [Type.SSHFP]: ['uint8', 'uint8', 'rest hex'],
  [Type.TLSA]: ['uint8', 'uint8', 'uint8', 'rest hex'],
  [Type.SMIMEA]: ['uint8', 'uint8', 'uint8', 'rest hex'],
  [Type.OPENPGPKEY]: ['rest base64'],
};

/** Returns undefined for invalid data and unsupported types. `nameOf` reads a name relative to the current origin. */
export function rdataFromText(type: number, tokens: readonly Token[], nameOf: (text: string) => Name | undefined): Uint8Array | undefined {
  if (tokens[0]?.text === '\\#') return unknownRdata(type, tokens.slice(1));
  const fields = FIELDS[type];
  if (fields === undefined) return undefined;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const field of fields) {
    const taken = field.startsWith('rest') ? tokens.slice(at) : tokens.slice(at, ++at);
    const part = READ[field](taken, nameOf);
    if (part === undefined) return undefined;
    if (field.startsWith('rest')) at = tokens.length;
    parts.push(part);
  }
  if (at !== tokens.length) return undefined;
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

type Read = (tokens: readonly Token[], nameOf: (text: string) => Name | undefined) => Uint8Array | undefined;

const READ: Readonly<Record<Field, Read>> = {
  uint8: ([token]) => unsigned(token, 1),
  uint16: ([token]) => unsigned(token, 2),
  ipv4: ([token]) => token && addressFrom(token.text, 4),
  ipv6: ([token]) => token && addressFrom(token.text, 16),
  name: ([token], nameOf) => {
    const name = token && nameOf(token.text);
    return name && nameToWire(name);
  },
  string: ([token]) => token && characterString(token),
  text: ([token]) => token && octetsOf(token),
  'rest strings': (tokens) => {
    const strings = tokens.map(characterString);
    return strings.length > 0 && strings.every((string) => string !== undefined) ? Buffer.concat(strings) : undefined;
  },
  'rest hex': (tokens) => fromHex(joined(tokens)),
  'rest base64': (tokens) => fromBase64(joined(tokens)),
  'rest params': (tokens) => svcParams(tokens.map(({ text }) => text)),
};

function unsigned(token: Token | undefined, size: 1 | 2): Uint8Array | undefined {
  const value = /^\d{1,5}$/.test(token?.text ?? '') ? Number(token!.text) : Infinity;
  if (value >= 2 ** (size * 8)) return undefined;
  return size === 1 ? Uint8Array.of(value) : uint16(value);
}

/** Returns a character-string: a length octet and the data (RFC 1035 section 3.3). */
function characterString(token: Token): Uint8Array | undefined {
  const octets = octetsOf(token);
  return octets === undefined || octets.length > 255 ? undefined : Buffer.concat([Uint8Array.of(octets.length), octets]);
}

/** Undefined for a quotation mark alone: it is not closed. */
function octetsOf({ text, quoted }: Token): Uint8Array | undefined {
  return text === '"' && !quoted ? undefined : Buffer.from(unescaped(text), 'latin1');
}

function joined(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join('');
}

function fromHex(digits: string): Uint8Array | undefined {
  return digits.length > 0 && digits.length % 2 === 0 && /^[0-9a-f]*$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}

function fromBase64(text: string): Uint8Array | undefined {
  return /^[0-9a-z+/]+={0,2}$/i.test(text) && text.length % 4 === 0 ? Buffer.from(text, 'base64') : undefined;
}

/** Reads the generic form, `\# LENGTH HEX` (RFC 3597 section 5); for a known type the data must be valid for that type. */
function unknownRdata(type: number, [length, ...hex]: readonly Token[]): Uint8Array | undefined {
  const rdata = hex.length === 0 ? new Uint8Array(0) : fromHex(joined(hex));
  if (rdata === undefined || !/^\d{1,5}$/.test(length?.text ?? '') || Number(length!.text) !== rdata.length) return undefined;
  const fits = type === Type.TXT ? holdsCharacterStrings(rdata) : rdataFits(rdata, type, 0, rdata.length);
  return fits ? plainRdata(rdata, type, 0, rdata.length) : undefined;
}

/** Whether `rdata` is one or more character-strings and nothing else (RFC 1035 section 3.3.14). */
function holdsCharacterStrings(rdata: Uint8Array): boolean {
  let at = 0;
  while (at < rdata.length) at += 1 + rdata[at]!;
  return at > 0 && at === rdata.length;
}
