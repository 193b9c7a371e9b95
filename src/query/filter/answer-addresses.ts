/** Finds the addresses and aliases in an answer in place: it builds no names, since every answer from the cache passes here. */
import type { Answer } from '../../wire/answer.ts';
import { Type } from '../../wire/iana.ts';
import { uint16At } from '../../wire/integers.ts';
import { nameEnd } from '../../wire/name.ts';

/** Called with a view of the answer's body. */
type Test = (address: Uint8Array) => boolean;

/**
 * Whether `test` accepts the address of any A or AAAA record of the answer section; with `hints`, also of those in SVCB and HTTPS records, which a
 * client may use without an address query (RFC 9460 section 7.3).
 */
export function anyAddress(answer: Answer, test: Test, hints = false): boolean {
  const { body, ends, answers } = answer;
  let at = 0;
  for (let record = 0; record < answers; record++) {
    const owner = nameEnd(body, at);
    at = ends[record]!;
    const type = uint16At(body, owner);
    const size = at - owner - 10;
    if ((type === Type.A && size === 4) || (type === Type.AAAA && size === 16)) {
      if (test(body.subarray(owner + 10, at))) return true;
    } else if (hints && (type === Type.SVCB || type === Type.HTTPS) && anyHint(body, owner + 10, at, test)) return true;
  }
  return false;
}

/** Octets of an address in the parameters ipv4hint (4) and ipv6hint (6), by key. */
const HINTS: Readonly<Record<number, number>> = { 4: 4, 6: 16 };

/** Reads rdata of SVCB: priority, target, then parameters of key, length and value. */
function anyHint(body: Uint8Array, start: number, end: number, test: Test): boolean {
  let at = nameEnd(body, start + 2);
  while (at + 4 <= end) {
    const size = HINTS[uint16At(body, at)];
    const next = at + 4 + uint16At(body, at + 2);
    if (size !== undefined) {
      for (let address = at + 4; address + size <= Math.min(next, end); address += size)
        if (test(body.subarray(address, address + size))) return true;
    }
    at = next;
  }
  return false;
}

/** Whether the answer section has a CNAME before the first record of type `asked`: records are in the order of the chain, with DNAMEs and RRSIGs. */
export function leadsOverAliases({ body, ends, answers }: Answer, asked: number): boolean {
  for (let record = 0, at = 0; record < answers; at = ends[record++]!) {
    const owner = nameEnd(body, at);
    const type = uint16At(body, owner);
    if (type === Type.CNAME) return true;
    if (type === asked) return false;
  }
  return false;
}
