/** What an answer is counted as: itself, one of its zone's NXDOMAINs, or one of its client's errors; so a flood of random names counts as one. */
import type { Answer } from '../../wire/answer.ts';
import { Rcode } from '../../wire/iana.ts';
import { uint16At } from '../../wire/integers.ts';
import { nameEnd, parentOf, type Name } from '../../wire/name.ts';
import { HEADER_SIZE } from '../../wire/query.ts';

/** The kinds of limits; the order is that of the metric's labels. */
export const LimitKind = { responses: 0, nxdomains: 1, errors: 2, all: 3 } as const;
export type LimitKind = (typeof LimitKind)[keyof typeof LimitKind];
export const limitKinds: readonly (keyof typeof LimitKind)[] = ['responses', 'nxdomains', 'errors', 'all'];

export function kindOf(answer: Answer): LimitKind {
  if (answer.rcode === Rcode.NOERROR) return LimitKind.responses;
  return answer.rcode === Rcode.NXDOMAIN ? LimitKind.nxdomains : LimitKind.errors;
}

/**
 * Returns the zone whose NXDOMAIN this is: the owner of the SOA in the authority section, which is above the name. An answer without one counts for the
 * name's parent.
 */
export function zoneOf(name: Name, { body, answers, authorities }: Answer): Name {
  const offset = answers === 0 && authorities > 0 ? ownerOffset(name, body) : -1;
  return offset >= 0 && offset < name.length ? (name.slice(offset) as Name) : parentOf(name);
}

/** Where in the name the owner of the first record begins: a compression pointer leads into the question, and an upstream may write the owner in full. */
function ownerOffset(name: Name, body: Uint8Array): number {
  return body[0]! >= 0xc0 ? (uint16At(body, 0) & 0x3fff) - HEADER_SIZE : name.length - nameEnd(body, 0);
}
