/** Heuristics about the shape of a name, for the detectors. */
import { parentOf, ROOT, type Name } from '../../wire/name.ts';

/**
 * Returns the registered domain: two labels, or three where the second is short and below a country's top-level domain (`co.uk`). The Public Suffix
 * List would be right more often, but soon out of date.
 */
export function registeredDomain(name: Name): Name {
  let third = ROOT;
  let second = ROOT;
  let top = ROOT;
  for (let rest = name; rest !== ROOT; rest = parentOf(rest)) [third, second, top] = [second, top, rest];
  const isShort = second !== ROOT && top.charCodeAt(0) === 2 && second.charCodeAt(0) <= 3;
  return isShort && third !== ROOT ? third : second === ROOT ? top : second;
}

/** Returns the offset after the labels of an address in a DNSBL query (RFC 5782 section 2): 32 of one digit, or four of up to three; or 0. */
export function behindAddress(name: Name): number {
  return behindLabels(name, 32, 1) || behindLabels(name, 4, 3);
}

/** Returns the offset after the first `count` labels if each has at most `most` octets, or else 0. */
function behindLabels(name: Name, count: number, most: number): number {
  let at = 0;
  for (let left = count; left > 0; left--) {
    const size = name.charCodeAt(at);
    if (size === 0 || size > most) return 0;
    at += 1 + size;
  }
  return at;
}

/** Octets of MD5 and SHA-1 in hexadecimal, and of SHA-256 in base 32. */
const DIGESTS: readonly number[] = [32, 40, 52];
/** Most octets of a list's name with the customer's key in it. */
const MOST_OF_LIST = 48;
/** Different digests per minute. A mail server looks up each sender, link and attachment: a large one makes 30 queries a second. */
export const MANY_DIGESTS = 2000;

/**
 * Whether the part of `name` between two offsets looks like a lookup in a list of bad addresses, links or files: one label that is a digest, then the
 * list's own. Tunneled data would be in more labels, or in labels of other sizes.
 */
export function isDigest(name: Name, from: number, to: number): boolean {
  const size = name.charCodeAt(from);
  return DIGESTS.includes(size) && to - from - 1 - size <= MOST_OF_LIST;
}

/** Octets of the shortest word whose letters can show that it is random. */
const WORD = 10;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;
const VOWELS: ReadonlySet<number> = new Set(Array.from('aeiou', (letter) => letter.charCodeAt(0)));

/**
 * Counts the octets of `name` between two offsets that are in random-looking words: fewer than 4 of 15 octets are vowels; random letters have 3, base
 * 32 and hexadecimal 2, host names 5 or 6. A word ends with its label or at a hyphen or underscore, so numbered hosts and their regions have
 * none.
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

/** The most frequent top-level domains of more than two letters. */
const TOPS: ReadonlySet<string> = new Set(
  'com net org info biz edu gov int app dev xyz online shop store site top club cloud tech live pro space website blog'.split(' '),
);

/**
 * Whether `name` is another name or an address with a suffix, as made by search paths (`www.example.com.corp.example`) and lookups in lists of bad
 * senders and links (`1.2.0.192.list.example`, `example.com.list.example`), or the name of a service (`_dmarc.example.com`). Most of these do not
 * exist, but they are not guesses.
 */
export function isMadeOfAnother(name: Name): boolean {
  if (name.charCodeAt(1) === UNDERSCORE || behindAddress(name) > 0) return true;
  for (let at = 1 + name.charCodeAt(0); at < name.length; at += 1 + name.charCodeAt(at)) {
    const left = name.length - at - 1 - name.charCodeAt(at);
    // Country domains have such labels as second level: `example.co.uk`.
    if (left > 1 && left !== COUNTRY && isTop(name, at)) return true;
  }
  return false;
}

/** Octets of a two-letter top-level domain in wire form. */
const COUNTRY = 4;

function isTop(name: Name, at: number): boolean {
  const size = name.charCodeAt(at);
  if (size === 2) return isLetter(name.charCodeAt(at + 1)) && isLetter(name.charCodeAt(at + 2));
  return size >= 3 && size <= 7 && TOPS.has(name.slice(at + 1, at + 1 + size));
}

function isLetter(octet: number): boolean {
  return octet >= 0x61 && octet <= 0x7a;
}
