import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { createBackoff } from './backoff.ts';

test('doubles from 0.8 s to 30 s and stays there', () => {
  const backoff = createBackoff(fakeClock(), () => 1);
  expect(Array.from({ length: 8 }, () => backoff.next())).toEqual([800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
});

test('is jittered by up to a half, downwards: never beyond the cap', () => {
  expect(createBackoff(fakeClock(), () => 0).next()).toBe(400);
});

test('where the first attempt need not wait, only the first does not', async () => {
  const clock = fakeClock();
  const backoff = createBackoff(clock, () => 1, 0);
  expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([0, 800, 1600]);
  await clock.advance(1600 + 120_000);
  expect(backoff.next()).toBe(0);
});

test('is forgotten after two healthy minutes, counted from the end of the wait', async () => {
  const clock = fakeClock();
  const backoff = createBackoff(clock, () => 1);
  backoff.next();
  await clock.advance(800 + 119_999);
  expect(backoff.next()).toBe(1600);
  await clock.advance(1600 + 120_000);
  expect(backoff.next()).toBe(800);
});

test.each([
  [9_999, 1600],
  [10_000, 800],
])('a watch that stood %i ms before it failed is followed by %i ms', async (stood, wait) => {
  const clock = fakeClock();
  const backoff = createBackoff(clock, () => 1);
  backoff.next();
  backoff.stands();
  await clock.advance(stood);
  expect(backoff.next()).toBe(wait);
  // A failure after that did not end an open watch.
  await clock.advance(20_000);
  expect(backoff.next()).toBe(wait * 2);
});
