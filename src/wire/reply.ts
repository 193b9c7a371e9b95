/** Whether a message is the reply to one of ours: by its id, and by its question, letter for letter (RFC 5452 section 9.1). */
import { lowerOctet } from './name.ts';
import { HEADER_SIZE } from './query.ts';

/** `case`: the question is ours but for the case of its letters, which tells forgers from those who saw it (DNS 0x20). */
export type Likeness = 'reply' | 'case' | 'other';

/** `asked` is a query of ours with one question. */
export function likenessOf(message: Uint8Array, asked: Uint8Array): Likeness {
  if (message.length < HEADER_SIZE || message[0] !== asked[0] || message[1] !== asked[1]) return 'other';
  if ((message[2]! & 0xf8) !== 0x80) return 'other';
  // A server that cannot read a query gives its question back or not; such a reply only sends us elsewhere.
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

/** Offset behind the question of a query of ours, which holds no pointer. */
export function questionEnd(asked: Uint8Array): number {
  let at = HEADER_SIZE;
  while (asked[at] !== 0) at += 1 + asked[at]!;
  return at + 5;
}

/** Gives every letter of the question's name a case by chance; `bits` gives 16 random ones a call. */
export function randomizeCase(query: Uint8Array, bits: () => number): void {
  const end = questionEnd(query) - 5;
  let pool = 0;
  let left = 0;
  for (let at = HEADER_SIZE; at < end; at++) {
    const lower = query[at]! | 0x20;
    // Length octets are below 64, so they are no letters.
    if (query[at]! < 0x41 || lower < 0x61 || lower > 0x7a) continue;
    if (left === 0) [pool, left] = [bits(), 16];
    query[at] = (pool & 1) === 1 ? lower & ~0x20 : lower;
    pool >>= 1;
    left--;
  }
}
