/** What an answer is counted as: itself, one of its zone's NXDOMAINs, or one of its client's errors; so a flood of random names counts as one. */
import type { Answer } from '../../wire/answer.ts';
import { Rcode } from '../../wire/iana.ts';
import { parentOf, ROOT, type Name } from '../../wire/name.ts';
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
 * Returns the zone whose NXDOMAIN this is: the owner of the SOA in the authority section, which is a compression pointer into the question whenever
 * the zone is above the name. An answer without one counts for the name's parent.
 */
export function zoneOf(name: Name, answer: Answer): Name {
  const { body } = answer;
  if (answer.answers === 0 && answer.authorities > 0 && body[0] === 0xc0 && body[1]! >= HEADER_SIZE) {
    const offset = body[1]! - HEADER_SIZE;
    if (offset < name.length) return offset === 0 ? name : (name.slice(offset) as Name);
  }
  return body[0] === 0 && answer.authorities > 0 ? ROOT : parentOf(name);
}
