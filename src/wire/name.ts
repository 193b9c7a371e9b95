/** Domain names as strings: the lowercased wire form, one character per octet, so that a name can be a Map key (RFC 1035 section 3.1, RFC 4343). */

declare const brand: unique symbol;

/** Length octet and label, repeated, then "\0". A–Z are lowercased; every other octet is unchanged. The root is "\0". */
export type Name = string & { readonly [brand]: true };

export const ROOT = '\0' as Name;

/** RFC 1035 section 2.3.4, octets. */
export const MAX_NAME = 255;
export const MAX_LABEL = 63;

/**
 * Reads master-file text (RFC 1035 section 5.1: `\.`, `\\`, `\DDD`); the trailing dot may be missing.
 * Undefined if a label is empty or longer than 63 octets, the name longer than 255, or an escape invalid.
 */
export function nameFromText(text: string): Name | undefined {
  if (text === '.' || text === '') return ROOT;
  const labels: string[] = [];
  let label = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '.') {
      labels.push(label);
      label = '';
    } else if (char === '\\') {
      const [escaped, digits] = ESCAPED.exec(text.slice(i + 1, i + 4)) ?? [];
      if (escaped === undefined || Number(digits ?? 0) > 255) return undefined;
      label += digits === undefined ? escaped : String.fromCharCode(Number(digits));
      i += escaped.length;
    } else if (char > '\x7f') {
      // An octet is written as \ddd; a letter beyond ASCII would be asked for in its xn-- form (RFC 5890), never as its code.
      return undefined;
    } else label += char;
  }
  if (label !== '') labels.push(label);
  return nameFromLabels(labels);
}

/** What may follow a backslash: the three digits of an octet, or any other character of ASCII. */
const ESCAPED = /^(?:(\d{3})|[^\d\x80-\uffff])/;

/** Joins labels (one character per octet, any case); undefined if one is empty, too long or has a character above 255, or the name is too long. */
export function nameFromLabels(labels: readonly string[], suffix: Name = ROOT): Name | undefined {
  let name = '';
  for (const label of labels) {
    if (label.length === 0 || label.length > MAX_LABEL) return undefined;
    if (/[^\x00-\xff]/.test(label)) return undefined;
    name += String.fromCharCode(label.length) + lowerAscii(label);
  }
  name += suffix;
  return name.length > MAX_NAME ? undefined : (name as Name);
}

/**
 * Returns master-file text with the trailing dot: `www.example.test.`. The characters `. \ " ( ) ; @ $` are escaped with a backslash, octets up to
 * 0x20 and from 0x7f as `\DDD`.
 */
export function nameToText(name: Name): string {
  if (name === ROOT) return '.';
  let text = '';
  for (const label of labelsOf(name)) {
    for (let i = 0; i < label.length; i++) {
      const code = label.charCodeAt(i);
      if (
        code === 0x2e ||
        code === 0x5c ||
        code === 0x22 ||
        code === 0x28 ||
        code === 0x29 ||
        code === 0x3b ||
        code === 0x40 ||
        code === 0x24
      )
        text += `\\${label[i]!}`;
      else if (code <= 0x20 || code >= 0x7f) text += `\\${String(code).padStart(3, '0')}`;
      else text += label[i]!;
    }
    text += '.';
  }
  return text;
}

/** Returns the labels from left to right, without the root. */
export function labelsOf(name: Name): string[] {
  const labels: string[] = [];
  for (let at = 0; name.charCodeAt(at) !== 0; at += 1 + name.charCodeAt(at)) labels.push(name.slice(at + 1, at + 1 + name.charCodeAt(at)));
  return labels;
}

/** Returns the name without its first label; the root is its own parent. */
export function parentOf(name: Name): Name {
  return name === ROOT ? ROOT : (name.slice(1 + name.charCodeAt(0)) as Name);
}

/** Returns the first label, '' for the root. */
export function firstLabel(name: Name): string {
  return name.slice(1, 1 + name.charCodeAt(0));
}

/** Reports whether `name` is `apex` or below it. */
export function isWithin(name: Name, apex: Name): boolean {
  // "\3foo\0" also ends "\7bar\3foo\0", where \3 is part of a longer label, so walk to the label boundary. Few names reach the comparison.
  const boundary = name.length - apex.length;
  let at = 0;
  while (at < boundary) at += 1 + name.charCodeAt(at);
  return at === boundary && name.endsWith(apex);
}

/** Returns the name whose uncompressed wire form, in any case, is `octets[start..end)`, which must be valid. */
export function nameFromWire(octets: Buffer, start: number, end: number): Name {
  // Length octets are at most 63, so lowercasing leaves them alone.
  return lowerAscii(octets.toString('latin1', start, end)) as Name;
}

/** Returns the name's octets. */
export function nameToWire(name: Name): Uint8Array {
  return Buffer.from(name, 'latin1');
}

/** What `readName` found: the name and the offset after it in the message (after the first pointer, if one was followed). */
export interface NameAt {
  readonly name: Name;
  readonly end: number;
}

/** A name has at most 127 labels, each of which may end in a pointer; more pointers only cost time (RFC 9267 section 2). */
const MAX_POINTERS = 127;

/**
 * Reads a name, following compression pointers (RFC 1035 section 4.1.4), each of which must point further back. Undefined if malformed, or if there are
 * more pointers than any name needs.
 */
export function readName(message: Uint8Array, offset: number): NameAt | undefined {
  let name = '';
  let end = -1;
  let at = offset;
  let earliest = offset;
  let pointers = 0;
  for (;;) {
    const length = message[at];
    if (length === undefined) return undefined;
    if (length === 0) return { name: (name + '\0') as Name, end: end === -1 ? at + 1 : end };
    if (length > MAX_LABEL) {
      const low = message[at + 1];
      if (length < 0xc0 || low === undefined) return undefined;
      const target = ((length & 0x3f) << 8) | low;
      if (end === -1) end = at + 2;
      if (target >= earliest || ++pointers > MAX_POINTERS) return undefined;
      earliest = at = target;
      continue;
    }
    if (at + 1 + length > message.length || name.length + length + 2 > MAX_NAME) return undefined;
    name += String.fromCharCode(length);
    for (let i = at + 1; i <= at + length; i++) name += LOWER[message[i]!]!;
    at += 1 + length;
  }
}

/** Returns the offset after the name at `at`, without reading it; of a name cut short, one at or after the end of the message. */
export function nameEnd(message: Uint8Array, at: number): number {
  while (at < message.length) {
    const length = message[at]!;
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
    if (length === 0) break;
  }
  return at;
}

/** The character of each octet, A–Z lowercased. */
const LOWER: readonly string[] = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(lowerOctet(octet)));

/** Lowercases A–Z only: other octets have no case (RFC 4343 section 3). */
export function lowerOctet(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}

function lowerAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase()) : text;
}
