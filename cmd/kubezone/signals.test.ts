import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { abortOnSignals } from './signals.ts';

test.each([
  ['SIGTERM', 'SIGTERM', 143],
  ['SIGINT', 'SIGINT', 130],
  ['SIGTERM', 'SIGINT', 130],
])('%s aborts, then %s exits with %i', (first, second, code) => {
  const exits: number[] = [];
  const fake = Object.assign(new EventEmitter(), { exit: (given: number) => exits.push(given) });
  const signal = abortOnSignals(fake);
  expect(signal.aborted).toBe(false);
  fake.emit(first);
  expect([signal.aborted, exits]).toEqual([true, []]);
  fake.emit(second);
  expect(exits).toEqual([code]);
});
