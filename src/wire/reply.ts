/** Matches a reply to one of our queries: by its ID, and by its question, letter for letter (RFC 5452 section 9.1). */
import { lowerOctet } from './name.ts';
import { HEADER_SIZE } from './query.ts';

/** `case`: the question differs in letter case only; a forger who has not seen the query cannot know the case it was sent in (DNS 0x20). */
export type Likeness = 'reply' | 'case' | 'other';

/** Compares `message` with `asked`, our query, which has one question. */
export function likenessOf(message: Uint8Array, asked: Uint8Array): Likeness {
  if (message.length < HEADER_SIZE || message[0] !== asked[0] || message[1] !== asked[1]) return 'other';
  if ((message[2]! & 0xf8) !== 0x80) return 'other';
  // A server that cannot parse a query may omit its question; accept such an error, since it only makes us try elsewhere.
  if (message[4] === 0 && message[5] === 0) return (message[3]! & 0x0f) !== 0 ? 'reply' : 'other';
  const end = questionEnd(asked);
  if (message[4] !== 0 || message[5] !== 1 || message.length < end) return 'other';
  let likeness: Likeness = 'reply';
  for (let at = HEADER_SIZE; at < end; at++) {
    if (message[at] === asked[at]) continue;
    if (at >= end - 4 || lowerOctet(message[at]!) !== lowerOctet(asked[at]!)) return 'other';
    likeness = 'case';
  }
  return likeness;
}

/** Returns the offset after the question of our query, which has no compression pointer. */
export function questionEnd(asked: Uint8Array): number {
  let at = HEADER_SIZE;
  while (asked[at] !== 0) at += 1 + asked[at]!;
  return at + 5;
}

/** Gives every letter of the question's name a random case (DNS 0x20); `bits` returns 16 random bits per call. */
export function randomizeCase(query: Uint8Array, bits: () => number): void {
  const end = questionEnd(query) - 5;
  let pool = 0;
  let left = 0;
  for (let at = HEADER_SIZE; at < end; at++) {
    const lower = query[at]! | 0x20;
    // Length octets are at most 63, so they are not taken for letters.
    if (query[at]! < 0x41 || lower < 0x61 || lower > 0x7a) continue;
    if (left === 0) [pool, left] = [bits(), 16];
    query[at] = (pool & 1) === 1 ? lower & ~0x20 : lower;
    pool >>= 1;
    left--;
  }
}
