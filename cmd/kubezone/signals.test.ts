import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { abortOnSignals, hearReloads, ignoreReloads } from './signals.ts';

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

test.each([
  [false, ['SIGHUP', 'SIGUSR1']],
  [true, ['SIGUSR1']],
])('signals that reload others are heard, but for the end of a terminal (there is one: %s)', (hasTerminal, heard) => {
  const said: unknown[] = [];
  const fake = new EventEmitter();
  ignoreReloads(fake, hasTerminal);
  // Without a listener, Node would do as it does.
  expect(['SIGHUP', 'SIGUSR1'].filter((name) => fake.emit(name))).toEqual(heard);
  hearReloads(fake, hasTerminal, { info: ({ signal }) => said.push(signal) });
  for (const name of ['SIGHUP', 'SIGUSR1']) fake.emit(name);
  expect(said).toEqual(heard);
});
