/** Parses names below in-addr.arpa and ip6.arpa into the addresses they spell (RFC 1035 section 3.5, RFC 3596 section 2.5). */
import { labelsOf, parentOf, type Name } from '../wire/name.ts';
import type { AddressSize } from './octets.ts';

/** What a reverse name spells: a whole address, or the beginning of one. */
export interface ReversePrefix {
  readonly size: AddressSize;
  /** Hexadecimal digits, as many as the name spells; a whole address has `size` * 2. */
  readonly nibbles: string;
}

/** Returns undefined when `name` spells no address or beginning of one, or spells a number differently from `reverseName`. */
export function readReverseName(name: Name): ReversePrefix | undefined {
  const [arpa, family, ...labels] = labelsOf(name).reverse();
  if (arpa !== 'arpa') return undefined;
  if (family === 'in-addr' && labels.length <= 4 && labels.every((label) => DECIMAL_OCTET.test(label)))
    return { size: 4, nibbles: labels.map((label) => Number(label).toString(16).padStart(2, '0')).join('') };
  if (family === 'ip6' && labels.length <= 32 && labels.every((label) => HEX_DIGIT.test(label)))
    return { size: 16, nibbles: labels.join('') };
  return undefined;
}

/** Yields the names above `name`, up to but not including `apex`. */
export function* ancestors(name: Name, apex: Name): Generator<Name> {
  for (let at = parentOf(name); at.length > apex.length; at = parentOf(at)) yield at;
}

const DECIMAL_OCTET = /^(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/;
const HEX_DIGIT = /^[0-9a-f]$/;
