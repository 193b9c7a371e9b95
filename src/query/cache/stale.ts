/** When expired answers are served, and how: while upstreams fail (RFC 8767 section 4, RFC 8914 sections 4.4 and 4.20). */
import { Source, type Answer } from '../../wire/answer.ts';
import { ExtendedError, Rcode } from '../../wire/iana.ts';
import { writeUint32 } from '../../wire/integers.ts';
import type { Outcome } from '../handler.ts';

/** `ttl`, seconds, replaces every TTL and does not count down: each client may ask again after that time. */
export function staleAnswer(answer: Answer, ttl: number): Answer {
  const body = answer.body.slice();
  for (const offset of Array.from(answer.ageing?.ttlOffsets ?? [])) writeUint32(body, offset, ttl);
  const code = answer.rcode === Rcode.NXDOMAIN ? ExtendedError.STALE_NXDOMAIN_ANSWER : ExtendedError.STALE_ANSWER;
  return { ...answer, body, ageing: undefined, extendedError: { code, text: '' }, source: Source.stale };
}

/** The extended errors of an upstream that knows the name but withholds it (RFC 8914 sections 4.16 to 4.18). */
const WITHHELD: ReadonlySet<number> = new Set([ExtendedError.BLOCKED, ExtendedError.CENSORED, ExtendedError.FILTERED]);

/** Whether upstreams left it open if there is data: the only case for a stale answer. No answer at all counts too. */
export function isFailure(outcome: Outcome): boolean {
  if (outcome === undefined) return true;
  const { rcode, extendedError } = outcome;
  const isAnswer = rcode === Rcode.NOERROR || rcode === Rcode.NXDOMAIN || rcode === Rcode.YXDOMAIN;
  return !isAnswer && (extendedError === undefined || !WITHHELD.has(extendedError.code));
}
