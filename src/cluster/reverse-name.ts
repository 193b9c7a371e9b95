/** Names below in-addr.arpa and ip6.arpa, read as the addresses they are of (RFC 1035 section 3.5, RFC 3596 section 2.5). */
import { labelsOf, parentOf, type Name } from '../wire/name.ts';
import type { AddressSize } from './octets.ts';

/** What a reverse name says: the whole of an address, or how it begins. */
export interface ReversePrefix {
  readonly size: AddressSize;
  /** Hexadecimal, as many as are named: `size` * 2 of them are an address. */
  readonly nibbles: string;
}

/** Undefined: `name` is no part of an address, or spells a number otherwise than its `reverseName`. */
export function readReverseName(name: Name): ReversePrefix | undefined {
  const [arpa, family, ...labels] = labelsOf(name).reverse();
  if (arpa !== 'arpa') return undefined;
  if (family === 'in-addr' && labels.length <= 4 && labels.every((label) => DECIMAL_OCTET.test(label)))
    return { size: 4, nibbles: labels.map((label) => Number(label).toString(16).padStart(2, '0')).join('') };
  if (family === 'ip6' && labels.length <= 32 && labels.every((label) => HEX_DIGIT.test(label)))
    return { size: 16, nibbles: labels.join('') };
  return undefined;
}

/** The names from above `name` up to, and without, `apex`. */
export function* ancestors(name: Name, apex: Name): Generator<Name> {
  for (let at = parentOf(name); at.length > apex.length; at = parentOf(at)) yield at;
}

const DECIMAL_OCTET = /^(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/;
const HEX_DIGIT = /^[0-9a-f]$/;
