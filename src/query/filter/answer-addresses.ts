/** The addresses in an answer, read where they lie: no names are built, since every answer from the cache passes here. */
import type { Answer } from '../../wire/answer.ts';
import { Type } from '../../wire/iana.ts';

/** Whether `test` says yes to the address of any A or AAAA record of the answer section; it is handed the same array again and again. */
export function anyAddress(answer: Answer, test: (address: Uint8Array) => boolean): boolean {
  const { body, ends, answers } = answer;
  let at = 0;
  for (let record = 0; record < answers; record++) {
    const owner = nameEnd(body, at);
    at = ends[record]!;
    const type = (body[owner]! << 8) | body[owner + 1]!;
    const size = at - owner - 10;
    if ((type === Type.A && size === 4) || (type === Type.AAAA && size === 16)) {
      if (test(body.subarray(owner + 10, at))) return true;
    }
  }
  return false;
}

/** Type of the first record of the answer section; 0: there is none. */
export function firstType({ body, answers }: Answer): number {
  if (answers === 0) return 0;
  const owner = nameEnd(body, 0);
  return (body[owner]! << 8) | body[owner + 1]!;
}

function nameEnd(body: Uint8Array, at: number): number {
  while (body[at]! > 0) {
    if (body[at]! >= 0xc0) return at + 2;
    at += 1 + body[at]!;
  }
  return at + 1;
}
