/** Expired answers as they are served while upstreams fail (RFC 8767 section 4, RFC 8914 sections 4.4 and 4.20). */
import { Source, type Answer } from '../../wire/answer.ts';
import { ExtendedError, Rcode } from '../../wire/iana.ts';
import { writeTtl } from './lifetime.ts';

/** `ttl`, seconds, replaces every TTL and does not count down: each client may ask again after that time. */
export function staleAnswer(answer: Answer, ttl: number): Answer {
  const body = answer.body.slice();
  for (const offset of Array.from(answer.ageing?.ttlOffsets ?? [])) writeTtl(body, offset, ttl);
  const code = answer.rcode === Rcode.NXDOMAIN ? ExtendedError.STALE_NXDOMAIN_ANSWER : ExtendedError.STALE_ANSWER;
  return { ...answer, body, ageing: undefined, extendedError: { code, text: '' }, source: Source.stale };
}
