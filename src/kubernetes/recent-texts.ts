/** Short texts read again and again: namespaces, kinds, protocols, port names. One that was read lately is found by its octets, and not made anew. */

/** Returns the octets from `from` to `to` as text. */
export function textAt(octets: Buffer, from: number, to: number): string {
  const length = to - from;
  if (length > LONGEST) return octets.toString('utf8', from, to);
  let hash = length;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ octets[i]!, 0x01000193);
  const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
  const known = recent[place]!;
  if (known.length === length && isAt(known, octets, from)) return known;
  const text = octets.toString('utf8', from, to);
  // Only ASCII has as many characters as octets, and is compared octet by octet.
  if (text.length === length) recent[place] = text;
  return text;
}

export function isAt(text: string, octets: Uint8Array, from: number): boolean {
  for (let i = 0; i < text.length; i++) if (octets[from + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Longer ones, such as uids, seldom come twice. */
const LONGEST = 24;
/** A power of two. */
const PLACES = 1024;
const recent = new Array<string>(PLACES).fill('');
