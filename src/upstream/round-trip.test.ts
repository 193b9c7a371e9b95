import { describe, expect, test } from 'vitest';
import { MAX_PATIENCE, RoundTrip } from './round-trip.ts';

function after(...times: number[]): RoundTrip {
  const roundTrip = new RoundTrip();
  for (const ms of times) roundTrip.answered(ms);
  return roundTrip;
}

describe('patience', () => {
  const cases: readonly [title: string, times: number[], least: number, most: number][] = [
    ['is the most while nothing is known', [], MAX_PATIENCE, MAX_PATIENCE],
    ['has a floor', Array<number>(50).fill(0.2), 20, 20],
    ['follows a steady upstream closely', Array<number>(50).fill(80), 80, 90],
    ['leaves room where times vary', Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? 10 : 60)), 100, 200],
    ['has a ceiling', Array<number>(50).fill(2000), MAX_PATIENCE, MAX_PATIENCE],
  ];
  test.each(cases)('%s', (_, times, least, most) => {
    expect(after(...times).patience).toBeGreaterThanOrEqual(least);
    expect(after(...times).patience).toBeLessThanOrEqual(most);
  });
});

test('an overdue reply counts only when it is slower than thought', () => {
  const roundTrip = after(50);
  roundTrip.overdue(30);
  expect(roundTrip.smoothed).toBe(50);
  roundTrip.overdue(130);
  expect(roundTrip.smoothed).toBe(60);
});

test('losses do not make patience grow as slow replies do', () => {
  const [lossy, slow] = [after(...Array<number>(50).fill(1)), after(...Array<number>(50).fill(1))];
  for (let nth = 0; nth < 20; nth++) {
    lossy.overdue(lossy.patience);
    slow.answered(slow.patience);
  }
  expect(lossy.patience).toBeLessThan(40);
  expect(slow.patience).toBe(MAX_PATIENCE);
});

test('one that was never heard is behind those that were, and as patiently waited for as before', () => {
  const roundTrip = new RoundTrip();
  roundTrip.asked(0);
  roundTrip.overdue(MAX_PATIENCE);
  expect([roundTrip.estimate(0), roundTrip.patience]).toEqual([MAX_PATIENCE, MAX_PATIENCE]);
});

test('an estimate halves every ten seconds without a question, and is whole again with the next', () => {
  const roundTrip = after(80);
  roundTrip.asked(1000);
  expect([1000, 11_000, 21_000].map((now) => roundTrip.estimate(now))).toEqual([80, 40, 20]);
  roundTrip.asked(21_000);
  expect(roundTrip.estimate(21_000)).toBe(80);
});

test('what is unknown is estimated fastest', () => {
  expect(new RoundTrip().estimate(5)).toBe(0);
});
