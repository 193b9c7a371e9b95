/** Work in small parts: its result, its errors, that others get their turn, and its end when aborted. */
import { expect, test } from 'vitest';
import { unaborted } from '../../test/fakes/unaborted.ts';
import { systemClock } from '../clock.ts';
import { atOnce, inSlices, type Work } from './in-slices.ts';

/** Counts to `most`, a millisecond each, or throws at `bad`. */
function* counting(most: number, bad = Infinity): Work<number> {
  for (let count = 0; count < most; count++) {
    if (count === bad) throw new Error(`bad at ${count}`);
    for (const end = performance.now() + 1; performance.now() < end;);
    yield;
  }
  return most;
}

test('gives the result, and others their turns', async () => {
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  expect(await inSlices(counting(30), systemClock, unaborted())).toBe(30);
  clearInterval(others);
  expect(turns).toBeGreaterThan(3);
  expect(atOnce(counting(3))).toBe(3);
});

test('an error of the work is the caller’s', async () => {
  await expect(inSlices(counting(9, 5), systemClock, unaborted())).rejects.toThrow('bad at 5');
  expect(() => atOnce(counting(9, 5))).toThrow('bad at 5');
});

test('goes no further once aborted', async () => {
  const control = new AbortController();
  const work = counting(1000);
  const result = inSlices(work, systemClock, control.signal);
  setTimeout(() => control.abort(new Error('enough')), 5);
  await expect(result).rejects.toThrow('enough');
});
