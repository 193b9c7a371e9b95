/** What a name looks like to a detector. */
import { parentOf, ROOT, type Name } from '../../wire/name.ts';

/**
 * The domain that somebody registered: two labels, or three where the second is short below a country (`co.uk`). A list of public suffixes would be
 * right more often, and old soon.
 */
export function registeredDomain(name: Name): Name {
  let third = ROOT;
  let second = ROOT;
  let top = ROOT;
  for (let rest = name; rest !== ROOT; rest = parentOf(rest)) [third, second, top] = [second, top, rest];
  const isShort = second !== ROOT && top.charCodeAt(0) === 2 && second.charCodeAt(0) <= 3;
  return isShort && third !== ROOT ? third : second === ROOT ? top : second;
}

/** Offset behind the labels of an address, as lists of senders are asked for it (RFC 5782 section 2): 32 of a digit, or four of three at most; or 0. */
export function behindAddress(name: Name): number {
  return behindLabels(name, 32, 1) || behindLabels(name, 4, 3);
}

/** Offset behind the first `count` labels, when each has `most` octets or less; or 0. */
function behindLabels(name: Name, count: number, most: number): number {
  let at = 0;
  for (let left = count; left > 0; left--) {
    const size = name.charCodeAt(at);
    if (size === 0 || size > most) return 0;
    at += 1 + size;
  }
  return at;
}

/** Octets of MD5 and SHA-1 as hexadecimal digits, and of SHA-256 in base 32. */
const DIGESTS: readonly number[] = [32, 40, 52];
/** The name of the list, and the customer's key in it. */
const MOST_OF_LIST = 48;
/** Different ones a minute. A mail server looks up each sender, link and attachment: 30 a second are a large one's. */
export const MANY_DIGESTS = 2000;

/**
 * Whether that part of `name` is what lists of bad addresses, links and files are asked for: one label that is a hash, and the list's own. Data would
 * go in more labels, or in ones of other sizes.
 */
export function isDigest(name: Name, from: number, to: number): boolean {
  const size = name.charCodeAt(from);
  return DIGESTS.includes(size) && to - from - 1 - size <= MOST_OF_LIST;
}

/** Bits per octet of `name` between two offsets: near 0 for `aaaa`, above 3.5 for random letters and digits. */
export function entropy(name: Name, from: number, to: number): number {
  counts.fill(0);
  for (let i = from; i < to; i++) counts[name.charCodeAt(i)]!++;
  const size = to - from;
  let sum = 0;
  for (const count of counts) if (count > 1) sum += count * Math.log2(count);
  return size === 0 ? 0 : Math.log2(size) - sum / size;
}

const counts = new Uint16Array(256);
