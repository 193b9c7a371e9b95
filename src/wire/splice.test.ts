import { expect, test } from 'vitest';
import { emptyAnswer, Source, type Answer } from './answer.ts';
import { Rcode, Type } from './iana.ts';
import { nameFromText, nameToText, nameToWire, type Name } from './name.ts';
import { nameRdata } from './rdata.ts';
import { BodyWriter } from './records.ts';
import { answerRecords, appendAnswers } from './splice.ts';

const name = (text: string): Name => nameFromText(text)!;
const [alias, target] = [name('alias.test'), name('mail.example.test')];
const first = new BodyWriter(alias).add('answers', alias, Type.CNAME, 30, nameRdata(target)).answer(Rcode.NOERROR, true, Source.zone);

/** An upstream's answer of one record whose owner is a pointer to the question, as are the names in its `rdata`. */
function heard(type: number, rdata: readonly number[], ageing?: Answer['ageing']): Answer {
  const body = Uint8Array.from([0xc0, 12, type >> 8, type & 255, 0, 1, 0, 0, 0, 60, 0, rdata.length, ...rdata]);
  return { ...emptyAnswer(Rcode.NOERROR, Source.forward), body, answers: 1, ends: [body.length], ageing };
}

const wire = [...nameToWire(target)];
test.each<[string, number, number[], number[]]>([
  ['MX', Type.MX, [0, 10, 0xc0, 12], [0, 10, ...wire]],
  ['SOA', Type.SOA, [0xc0, 12, 0xc0, 12, ...Array<number>(20).fill(1)], [...wire, ...wire, ...Array<number>(20).fill(1)]],
  ['AFSDB', 18, [0, 1, 0xc0, 12], [0, 1, ...wire]],
  ['MINFO', 14, [0xc0, 12, 0xc0, 12], [...wire, ...wire]],
  ['NAPTR', Type.NAPTR, [0, 1, 0, 2, 1, 0x53, 0, 0, 0xc0, 12], [0, 1, 0, 2, 1, 0x53, 0, 0, ...wire]],
  ['NAPTR whose strings are longer than it', Type.NAPTR, [0, 1, 0, 2, 99, 0xc0, 12], [0, 1, 0, 2, 99, 0xc0, 12]],
  ['a type whose octets only look so', 65_280, [0xc0, 12], [0xc0, 12]],
  ['a type without rdata', 65_281, [], []],
  ['one that is no name', Type.MX, [0, 10, 0xff], [0, 10, 0xff]],
])('names in %s are the same behind another question', (_, type, given, expected) => {
  const joined = appendAnswers(alias, first, target, heard(type, given), 0);
  expect(joined).toMatchObject({ answers: 2, authoritative: true, source: Source.zone });
  const [, record] = answerRecords(alias, joined, 0);
  expect([nameToText(record!.owner), record!.type, [...record!.rdata]]).toEqual(['mail.example.test.', type, expected]);
});

test('TTLs have counted down until then', () => {
  const joined = appendAnswers(alias, first, target, heard(Type.A, [192, 0, 2, 1], { since: 1000, ttlOffsets: [6] }), 21_500);
  expect(answerRecords(alias, joined, 99_000).map(({ ttl }) => ttl)).toEqual([30, 40]);
});

test('what is said of the target is said of the whole, unless something is of the alias', () => {
  const said = (code: number): Pick<Answer, 'extendedError'> => ({ extendedError: { code, text: '' } });
  const second = { ...heard(Type.A, [192, 0, 2, 1]), ...said(3) };
  expect(appendAnswers(alias, first, target, second, 0)).toMatchObject(said(3));
  expect(appendAnswers(alias, { ...first, ...said(4) }, target, second, 0)).toMatchObject(said(4));
});
