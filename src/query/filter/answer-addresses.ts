/** The addresses and aliases in an answer, read where they lie: no names are built, since every answer from the cache passes here. */
import type { Answer } from '../../wire/answer.ts';
import { Type } from '../../wire/iana.ts';

/** Is handed the same array again and again. */
type Test = (address: Uint8Array) => boolean;

/**
 * Whether `test` says yes to the address of any A or AAAA record of the answer section; with `hints`, also to those in SVCB and HTTPS records, which
 * a client may take without asking for addresses (RFC 9460 section 7.3).
 */
export function anyAddress(answer: Answer, test: Test, hints = false): boolean {
  const { body, ends, answers } = answer;
  let at = 0;
  for (let record = 0; record < answers; record++) {
    const owner = nameEnd(body, at);
    at = ends[record]!;
    const type = (body[owner]! << 8) | body[owner + 1]!;
    const size = at - owner - 10;
    if ((type === Type.A && size === 4) || (type === Type.AAAA && size === 16)) {
      if (test(body.subarray(owner + 10, at))) return true;
    } else if (hints && (type === Type.SVCB || type === Type.HTTPS) && anyHint(body, owner + 10, at, test)) return true;
  }
  return false;
}

/** Size of an address in the parameters `ipv4hint` and `ipv6hint`. */
const HINTS: Readonly<Record<number, number>> = { 4: 4, 6: 16 };

/** Priority, target, then parameters: key, length, value. */
function anyHint(body: Uint8Array, start: number, end: number, test: Test): boolean {
  let at = nameEnd(body, start + 2);
  while (at + 4 <= end) {
    const size = HINTS[(body[at]! << 8) | body[at + 1]!];
    const next = at + 4 + ((body[at + 2]! << 8) | body[at + 3]!);
    if (size !== undefined) {
      for (let address = at + 4; address + size <= Math.min(next, end); address += size)
        if (test(body.subarray(address, address + size))) return true;
    }
    at = next;
  }
  return false;
}

/** Whether the answer section has a CNAME in front of what was asked for: records stand in the order of the chain, with DNAMEs and signatures between. */
export function leadsOverAliases({ body, ends, answers }: Answer, asked: number): boolean {
  for (let record = 0, at = 0; record < answers; at = ends[record++]!) {
    const owner = nameEnd(body, at);
    const type = (body[owner]! << 8) | body[owner + 1]!;
    if (type === Type.CNAME) return true;
    if (type === asked) return false;
  }
  return false;
}

function nameEnd(body: Uint8Array, at: number): number {
  while (body[at]! > 0) {
    if (body[at]! >= 0xc0) return at + 2;
    at += 1 + body[at]!;
  }
  return at + 1;
}
