import { expect, test } from 'vitest';
import { Source } from './answer.ts';
import { Rcode, Type } from './iana.ts';
import { nameFromText } from './name.ts';
import { BodyWriter } from './records.ts';

const owner = nameFromText('a.test')!;
const addresses = (count: number): { type: number; ttl: number; rdata: Uint8Array[] } => ({
  type: Type.A,
  ttl: 30,
  rdata: Array.from({ length: count }, (_, i) => Uint8Array.of(10, i >> 16, i >> 8, i)),
});

test('of an RRset that does not fit, answers have as much as does, with TC, additional records none (RFC 2181 section 9)', () => {
  const cut = new BodyWriter(owner).addRRset('answers', owner, addresses(5000)).answer(Rcode.NOERROR, true, Source.zone);
  expect(cut).toMatchObject({ truncated: true, additionals: 0 });
  expect(cut.answers).toBeGreaterThan(3000);
  const whole = new BodyWriter(owner).addRRset('answers', owner, addresses(3)).addRRset('additionals', owner, addresses(2));
  const answer = whole.addRRset('additionals', owner, addresses(5000)).answer(Rcode.NOERROR, true, Source.zone);
  expect(answer).toMatchObject({ answers: 3, additionals: 2 });
  expect(answer.truncated ?? false).toBe(false);
  expect([answer.ends.length, answer.ends[4]]).toEqual([5, answer.body.length]);
});
