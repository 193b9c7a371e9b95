import { expect, test } from 'vitest';
import { NOWHERE } from '../wire/known-names.ts';
import { nameFromText } from '../wire/name.ts';
import { AbsentNames } from './absent-names.ts';

test('a name is found at its place alone, until another takes that or all are forgotten', () => {
  const [web, db] = ['web.test', 'db.test'].map((text) => nameFromText(text)!) as [never, never];
  const absent = new AbsentNames();
  absent.add(web, 7);
  absent.add(db, NOWHERE);
  expect([absent.has(web, 7), absent.has(db, 7), absent.has(web, 8), absent.has(db, NOWHERE)]).toEqual([true, false, false, false]);
  absent.add(db, 7);
  expect([absent.has(web, 7), absent.has(db, 7)]).toEqual([false, true]);
  absent.clear();
  expect(absent.has(db, 7)).toBe(false);
});
