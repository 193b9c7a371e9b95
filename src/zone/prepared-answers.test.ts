import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyAnswer, Source } from '../wire/answer.ts';
import { Type } from '../wire/iana.ts';
import { nameFromText } from '../wire/name.ts';
import { PreparedAnswers } from './prepared-answers.ts';

const [web, db] = ['web.test', 'db.test'].map((text) => nameFromText(text)!) as [never, never];
const answer = { ...emptyAnswer(0, Source.zone), body: new Uint8Array(100) };

test('answers are found by name and type until their name is dropped', () => {
  const prepared = new PreparedAnswers();
  for (const type of [Type.A, Type.AAAA, Type.SRV]) {
    prepared.put(web, type, { ...answer, rcode: type });
    prepared.put(db, type, { ...answer, rcode: -type });
  }
  expect([Type.A, Type.AAAA, Type.SRV, Type.TXT].map((type) => prepared.find(web, type)?.rcode)).toEqual([1, 28, 33, undefined]);
  prepared.drop(web);
  expect([Type.A, Type.AAAA, Type.SRV].map((type) => prepared.find(web, type))).toEqual([undefined, undefined, undefined]);
  expect(prepared.find(db, Type.SRV)!.rcode).toBe(-33);
  prepared.clear();
  expect([prepared.find(db, Type.A), prepared.octets]).toEqual([undefined, 0]);
});

test('every type of a name counts, and what was dropped still does', () => {
  const prepared = new PreparedAnswers();
  for (let type = 1; type <= 1000; type++) prepared.put(web, type, answer);
  const { octets } = prepared;
  expect(octets).toBeGreaterThan(100_000);
  prepared.drop(web);
  expect(prepared.octets).toBe(octets);
});

test('one answer stands for all types but those it is not of', () => {
  const prepared = new PreparedAnswers();
  prepared.put(web, Type.SRV, { ...answer, rcode: 1 });
  prepared.putRest(web, [Type.SRV, Type.PTR], { ...answer, rcode: 2 });
  expect([Type.A, Type.AAAA, Type.SRV, Type.PTR, Type.TXT, 65535].map((type) => prepared.find(web, type)?.rcode)).toEqual([
    ...[undefined, undefined, 1, undefined],
    ...[2, 2],
  ]);
  prepared.drop(web);
  expect(prepared.find(web, Type.TXT)).toBeUndefined();
});

test('a place is a short way: whatever names were known there before, the name asked for decides', () => {
  const names = ['a.test', 'b.test', 'c.test'].map((text) => nameFromText(text)!);
  const name = fc.constantFrom(...names);
  const step = fc.oneof(
    fc.record({ put: name, rcode: fc.nat(9) }),
    fc.record({ drop: name }),
    fc.constant({ clear: true }),
    fc.record({ find: name, place: fc.nat(2) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const prepared = new PreparedAnswers();
      const model = new Map<string, number>();
      for (const one of steps) {
        if ('put' in one) {
          prepared.put(one.put, Type.A, { ...answer, rcode: one.rcode });
          model.set(one.put, one.rcode);
        } else if ('drop' in one) {
          prepared.drop(one.drop);
          model.delete(one.drop);
        } else if ('clear' in one) {
          prepared.clear();
          model.clear();
        } else {
          expect(prepared.find(one.find, Type.A, one.place)?.rcode).toBe(model.get(one.find));
          if (prepared.isAt(one.find, one.place)) expect(model.has(one.find)).toBe(true);
        }
      }
    }),
  );
});
