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

/** Octets of a word from which on its letters say whether somebody made it up. */
const WORD = 10;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;
const VOWELS: ReadonlySet<number> = new Set(Array.from('aeiou', (letter) => letter.charCodeAt(0)));

/**
 * Octets in words of `name` between two offsets that nobody could read aloud, since fewer than 4 in 15 are vowels: random letters have 3, base 32 and
 * hexadecimal digits 2, names of hosts 5 or 6. A word ends with its label or at a hyphen, so numbered hosts and their regions have none.
 */
export function randomOctets(name: Name, from: number, to: number): number {
  let octets = 0;
  let size = 0;
  let vowels = 0;
  for (let label = from; label < to; label += 1 + name.charCodeAt(label)) {
    const end = label + 1 + name.charCodeAt(label);
    for (let at = label + 1; at <= end; at++) {
      const octet = at === end ? HYPHEN : name.charCodeAt(at);
      if (octet !== HYPHEN && octet !== UNDERSCORE) {
        size++;
        if (VOWELS.has(octet)) vowels++;
        continue;
      }
      if (size >= WORD && vowels * 15 < size * 4) octets += size;
      size = vowels = 0;
    }
  }
  return octets;
}

/** Top-level domains of most names that have none of two letters. */
const TOPS: ReadonlySet<string> = new Set(
  'com net org info biz edu gov int app dev xyz online shop store site top club cloud tech live pro space website blog'.split(' '),
);

/**
 * Whether it is another name or an address with more behind it, as search paths (`www.example.com.corp.example`) and lookups in lists of bad senders and
 * links (`1.2.0.192.list.example`, `example.com.list.example`) make them, or a service's (`_dmarc.example.com`). Most of these do not exist, and nobody
 * has guessed them.
 */
export function isMadeOfAnother(name: Name): boolean {
  if (name.charCodeAt(1) === UNDERSCORE || behindAddress(name) > 0) return true;
  for (let at = 1 + name.charCodeAt(0); at < name.length; at += 1 + name.charCodeAt(at)) {
    const left = name.length - at - 1 - name.charCodeAt(at);
    // A country's domain has such labels below it: `example.co.uk`.
    if (left > 1 && left !== COUNTRY && isTop(name, at)) return true;
  }
  return false;
}

/** Octets of a name of two letters. */
const COUNTRY = 4;

function isTop(name: Name, at: number): boolean {
  const size = name.charCodeAt(at);
  if (size === 2) return isLetter(name.charCodeAt(at + 1)) && isLetter(name.charCodeAt(at + 2));
  return size >= 3 && size <= 7 && TOPS.has(name.slice(at + 1, at + 1 + size));
}

function isLetter(octet: number): boolean {
  return octet >= 0x61 && octet <= 0x7a;
}
