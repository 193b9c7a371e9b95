import { describe, expect, test } from 'vitest';
import type { Namespace } from '../cluster/model.ts';
import { Held } from './held.ts';
import type { Identity } from './resource.ts';

const identity = (key: string, resourceVersion: string, uid = 'u'): Identity => ({ key, uid, resourceVersion, namespace: '', name: key });
const item = (key: string, resourceVersion: string, uid = 'u'): Namespace => ({ key, uid, resourceVersion, name: key });

function heldAt(version: string, ...items: Namespace[]): Held<Namespace> {
  const held = new Held<Namespace>();
  held.replace({ items: new Map(items.map((one) => [one.key, one])), aside: new Map() }, version);
  return held;
}

describe('which events are old', () => {
  const cases: [what: string, identity: Identity, deleted: boolean, old: boolean][] = [
    ['a newer state', identity('a', '11'), false, false],
    ['the same again', identity('a', '5'), false, true],
    ['newer than the object but not than the list that had it', identity('a', '9'), false, true],
    ['an object the list did not have, from before it', identity('b', '9'), false, true],
    ['an object the list did not have, from after it', identity('b', '11'), false, false],
    ['ten is more than nine, as digits', identity('a', '100'), false, false],
    ['a deletion after the list', identity('a', '11'), true, false],
    ["a deletion with the object's last version", identity('a', '5'), true, false],
    ['the same of an object of another uid', identity('a', '5', 'another'), true, true],
    ['a deletion from before it', identity('a', '9'), true, true],
    ['the deletion of a predecessor of the same name', identity('c', '13', 'another'), true, true],
    ['the deletion of a successor that was never told', identity('c', '15', 'another'), true, false],
    ['the deletion of another object, by a version that does not compare', identity('c', 'x', 'another'), true, true],
    ['a version that does not compare is believed', identity('a', 'x'), false, false],
  ];
  test.each(cases)('%s', (_what, about, deleted, old) => {
    const held = heldAt('10', item('a', '5'));
    held.put(item('c', '14'));
    expect(held.isOld(about, deleted)).toBe(old);
  });
});

test('a deletion is remembered against what came before it, until an object of its name is put', () => {
  const held = heldAt('10', item('a', '5'));
  expect(held.remove(identity('a', '12'))).toBe(true);
  expect(held.goneAt('a')).toBe('12');
  expect(held.isOld(identity('a', '11'), false)).toBe(true);
  expect(held.isOld(identity('a', '13', 'new'), false)).toBe(false);
  held.put(item('a', '13', 'new'));
  expect(held.goneAt('a')).toBeUndefined();
});

test('deletions do not add up: the oldest go, and what is older than them is old', () => {
  const held = heldAt('10');
  for (let index = 0; index < 5_000; index++) held.remove(identity(`pod-${index}`, String(100 + index)));
  expect(held.goneAt('pod-0')).toBeUndefined();
  expect(held.goneAt('pod-4999')).toBe('5099');
  expect(held.isOld(identity('pod-0', '99'), false)).toBe(true);
  expect(held.isOld(identity('new', '5100'), false)).toBe(false);
});

test('an invalid object keeps its last good value, under its new version; one without use for DNS does not', () => {
  const held = heldAt('10', item('a', '5'), item('b', '5'));
  expect(held.setAside(identity('a', '11'), true)).toBe(false);
  expect(held.setAside(identity('b', '12'), false)).toBe(true);
  expect([...held.items.keys()]).toEqual(['a']);
  expect(held.versionOf('a')?.resourceVersion).toBe('11');
  expect(held.versionOf('b')?.resourceVersion).toBe('12');
  expect([...held.keys()]).toEqual(['a', 'b']);
  held.put(item('a', '13'));
  expect(held.versionOf('a')?.resourceVersion).toBe('13');
});

test('the place to resume from goes on, never back', () => {
  const held = heldAt('10');
  held.advance('12');
  held.advance('11');
  expect(held.version).toBe('12');
  held.advance('');
  expect(held.version).toBe('12');
  held.replace({ items: new Map(), aside: new Map() }, '3');
  expect(held.version).toBe('3');
});
