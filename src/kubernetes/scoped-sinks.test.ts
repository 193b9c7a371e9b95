import { expect, test } from 'vitest';
import { mapSink } from '../../test/fakes/map-sink.ts';
import type { Namespace } from '../cluster/model.ts';
import { scopedSinks } from './scoped-sinks.ts';

const item = (key: string): Namespace => ({ key, uid: '', resourceVersion: '', name: key });

function scoped() {
  const sink = mapSink<Namespace>();
  const told: string[] = [];
  const [a, b] = scopedSinks(sink, ['a', 'b'], (namespace, is) => told.push(`${namespace} ${is ? 'forbidden' : 'there'}`));
  return { sink, told, a: a!, b: b!, keys: () => [...sink.items.keys()].sort().join(' ') };
}

test('nothing is written before every part was listed; then each changes only its own', () => {
  const { sink, a, b, keys } = scoped();
  a.replace([item('a/1')]);
  a.put(item('a/2'));
  expect(sink.replacements).toBe(0);
  b.replace([item('b/1')]);
  expect(keys()).toBe('a/1 a/2 b/1');
  a.replace([item('a/3')]);
  b.remove('b/1');
  b.put(item('b/2'));
  expect(keys()).toBe('a/3 b/2');
  expect(sink.replacements).toBe(1);
});

test('a part that is forbidden is not waited for, and is taken up when it comes', () => {
  const { a, b, told, keys } = scoped();
  a.replace([item('a/1')]);
  b.forbid();
  b.forbid();
  expect([keys(), told]).toEqual(['a/1', ['b forbidden']]);
  b.replace([item('b/1')]);
  expect([keys(), told]).toEqual(['a/1 b/1', ['b forbidden', 'b there']]);
  b.forbid();
  expect([keys(), told]).toEqual(['a/1 b/1', ['b forbidden', 'b there']]);
});

test('where all are forbidden nothing is known: the sink is not said to be empty', () => {
  const { sink, a, b, keys } = scoped();
  a.forbid();
  b.forbid();
  expect(sink.replacements).toBe(0);
  a.replace([item('a/1')]);
  expect(keys()).toBe('a/1');
});
