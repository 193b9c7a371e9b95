import { expect, test } from 'vitest';
import { emptyAnswer, Source } from '../wire/answer.ts';
import { Type } from '../wire/iana.ts';
import { NOWHERE } from '../wire/known-names.ts';
import { nameFromText } from '../wire/name.ts';
import { PreparedAnswers } from './prepared-answers.ts';

const [web, db] = ['web.test', 'db.test'].map((text) => nameFromText(text)!) as [never, never];
const absent = emptyAnswer(3, Source.zone);
const answer = { ...emptyAnswer(0, Source.zone), body: new Uint8Array(100) };

test('answers are found by name and type until their name is dropped', () => {
  const prepared = new PreparedAnswers(absent);
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
  const prepared = new PreparedAnswers(absent);
  for (let type = 1; type <= 1000; type++) prepared.put(web, type, answer);
  const { octets } = prepared;
  expect(octets).toBeGreaterThan(100_000);
  prepared.drop(web);
  expect(prepared.octets).toBe(octets);
});

test('an answer is found by the place its name is known at, after changes and for another name there too', () => {
  const prepared = new PreparedAnswers(absent);
  const found = (name: never): number | undefined => prepared.find(name, Type.A, 7)?.rcode;
  expect(found(web)).toBeUndefined();
  prepared.put(web, Type.A, { ...answer, rcode: 1 });
  expect([found(web), found(web)]).toEqual([1, 1]);
  prepared.put(db, Type.A, { ...answer, rcode: 2 });
  expect([found(db), found(web)]).toEqual([2, 1]);
  prepared.drop(web);
  expect([found(web), found(db)]).toEqual([undefined, 2]);
  prepared.put(web, Type.A, { ...answer, rcode: 3 });
  expect([found(web), found(db)]).toEqual([3, 2]);
  prepared.clear();
  expect([found(web), found(db)]).toEqual([undefined, undefined]);
  prepared.put(web, Type.A, { ...answer, rcode: 4 });
  expect(found(web)).toBe(4);
});

test('a name is absent until that is forgotten, and only where its place knows it', () => {
  const prepared = new PreparedAnswers(absent);
  const found = (name: never, place = 7): number | undefined => prepared.find(name, Type.A, place)?.rcode;
  prepared.putAbsent(web, 7);
  prepared.putAbsent(db, NOWHERE);
  expect([found(web), found(web, 8), found(db), found(db, NOWHERE)]).toEqual([3, undefined, undefined, undefined]);
  prepared.forgetAbsent();
  expect(found(web)).toBeUndefined();
  prepared.putAbsent(web, 7);
  expect(found(web)).toBe(3);
  prepared.forgetAbsent();
  prepared.put(web, Type.A, { ...answer, rcode: 1 });
  expect([found(web), found(web)]).toEqual([1, 1]);
  prepared.drop(web);
  prepared.putAbsent(web, 7);
  expect(found(web)).toBe(3);
  prepared.forgetAbsent();
  prepared.put(web, Type.A, { ...answer, rcode: 2 });
  expect(found(web)).toBe(2);
});
